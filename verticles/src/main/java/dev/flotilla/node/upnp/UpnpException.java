package dev.flotilla.node.upnp;

import java.util.OptionalInt;

/** A router that does not do what it was asked for, or says nonsense. */
final class UpnpException extends Exception {
  private static final long serialVersionUID = 1L;

  /** The port leads to another machine (WANIPConnection:1, section 2.4.16). */
  static final int CONFLICT = 718;

  /** The router forgets no mapping by itself, and wants to be told so. */
  static final int ONLY_PERMANENT_LEASES = 725;

  private final int code;

  UpnpException(String message) {
    super(message);
    this.code = 0;
  }

  /**
   * An error of the protocol.
   *
   * @param code of UPnP, at least 1
   */
  UpnpException(int code, String description) {
    super(
        code == CONFLICT
            ? "another machine has this port"
            : "error " + code + (description.isEmpty() ? "" : ", " + description));
    this.code = code;
  }

  /** The error of the protocol; empty if it was not even that. */
  OptionalInt code() {
    return code == 0 ? OptionalInt.empty() : OptionalInt.of(code);
  }
}
