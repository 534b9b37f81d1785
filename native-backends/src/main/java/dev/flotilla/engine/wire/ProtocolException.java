package dev.flotilla.engine.wire;

import java.io.IOException;

/** The other end sent something that is no message: it is broken or of another build. */
public final class ProtocolException extends IOException {
  private static final long serialVersionUID = 1;

  /** What is wrong with it. */
  public ProtocolException(String message) {
    super(message);
  }
}
