package dev.flotilla.cli.http;

import java.io.IOException;

/** A server answered, but not with what was asked for. */
public final class ApiException extends IOException {
  private static final long serialVersionUID = 1;

  private final int status;

  /** An answer with its HTTP status and what it said. */
  public ApiException(int status, String message) {
    super(status == 200 ? message : "HTTP " + status + ": " + message);
    this.status = status;
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }
}
