package dev.flotilla.federation.state;

import java.io.IOException;

/** Bytes that are not what they should be: of a node, a log or a file. */
public final class StateFormatException extends IOException {
  private static final long serialVersionUID = 1;

  StateFormatException(String message) {
    super(message);
  }
}
