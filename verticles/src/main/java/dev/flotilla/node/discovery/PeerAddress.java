package dev.flotilla.node.discovery;

import java.net.InetAddress;
import java.util.Optional;

/**
 * Where a node accepts members of its swarm.
 *
 * @param host a name or an address, IPv6 without brackets
 * @param port 1 to 65535
 */
public record PeerAddress(String host, int port) {

  /** The longest name that DNS has. */
  private static final int MAX_HOST_LENGTH = 253;

  public PeerAddress {
    if (host.isEmpty() || host.length() > MAX_HOST_LENGTH || !host.matches("[0-9A-Za-z._:%-]+")) {
      throw new IllegalArgumentException("'" + shortened(host) + "' is not a host name or address");
    }
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException(port + " is not a port (1 to 65535)");
    }
  }

  /**
   * Reads {@code HOST:PORT} or {@code [IPV6]:PORT}.
   *
   * @throws IllegalArgumentException if the text is neither
   */
  public static PeerAddress parse(String text) {
    int colon = text.lastIndexOf(':');
    String port = text.substring(colon + 1);
    if (colon <= 0 || !port.matches("[0-9]{1,5}")) {
      throw notAnAddress(text);
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.contains(":")) {
      throw notAnAddress(text);
    }
    return new PeerAddress(host, Integer.parseInt(port));
  }

  /** The address that the host is, if it is not a name. Asks no name server. */
  public Optional<InetAddress> literal() {
    return literal(host);
  }

  /** The address that a text is, if it is not a name. Asks no name server. */
  static Optional<InetAddress> literal(String host) {
    try {
      return Optional.of(InetAddress.ofLiteral(host));
    } catch (IllegalArgumentException name) {
      return Optional.empty();
    }
  }

  private static IllegalArgumentException notAnAddress(String text) {
    return new IllegalArgumentException(
        "'" + shortened(text) + "' is not a peer: write HOST:PORT or [IPV6]:PORT");
  }

  private static String shortened(String text) {
    return text.length() <= MAX_HOST_LENGTH ? text : text.substring(0, MAX_HOST_LENGTH) + "…";
  }

  /** {@code HOST:PORT}, or {@code [IPV6]:PORT}; what {@link #parse} reads. */
  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
