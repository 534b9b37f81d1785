package dev.flotilla.sharding.store;

import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A slice could not be had; the message is fit for people. */
public final class StoreException extends IOException {
  private static final long serialVersionUID = 1;

  private final StoreFailure failure;

  public StoreException(StoreFailure failure, String message) {
    this(failure, message, null);
  }

  public StoreException(StoreFailure failure, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.failure = Objects.requireNonNull(failure);
  }

  public StoreFailure failure() {
    return failure;
  }
}
