package dev.flotilla.node.cluster;

import java.util.Objects;

/** A request to another node that failed, there or on the way. */
public final class BusException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final BusFailure failure;

  /** A failure; the message is fit for people. */
  public BusException(BusFailure failure, String message) {
    super(message);
    this.failure = failure;
  }

  /** Its kind. */
  public BusFailure failure() {
    return failure;
  }

  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }
}
