package dev.flotilla.tokens;

import java.util.Objects;

/** A credential that is refused; the message says why, fit for people, and holds no secret. */
public final class TokenException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final TokenFailure failure;

  /** A refusal. */
  public TokenException(TokenFailure failure, String message) {
    super(message);
    this.failure = failure;
  }

  /** A refusal that something else caused. */
  public TokenException(TokenFailure failure, String message, Throwable cause) {
    super(message, cause);
    this.failure = failure;
  }

  /** The kind of refusal. */
  public TokenFailure failure() {
    return failure;
  }

  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }
}
