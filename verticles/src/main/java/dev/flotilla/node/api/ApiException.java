package dev.flotilla.node.api;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The one exception of the API family: a typed cause and a message fit for the client. */
final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final ApiFailure failure;
  private final @Nullable String param;

  ApiException(ApiFailure failure, String message) {
    this(failure, null, message);
  }

  /**
   * A failure of one request field.
   *
   * @param param the path of the field, {@code messages[0].content} say; null when none is to blame
   */
  ApiException(ApiFailure failure, @Nullable String param, String message) {
    // Refusals are frequent and expected: their origin is the client, not a stack.
    super(message, null, false, false);
    this.failure = Objects.requireNonNull(failure);
    this.param = param;
  }

  /** A 400 that names its field. */
  static ApiException invalid(String param, String message) {
    return new ApiException(ApiFailure.INVALID_REQUEST, param, message);
  }

  ApiFailure failure() {
    return failure;
  }

  @Nullable String param() {
    return param;
  }

  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }
}
