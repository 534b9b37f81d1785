package dev.flotilla.node.upstream;

import io.vertx.core.json.JsonObject;
import java.io.Serializable;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** An upstream did not answer: the cause, and what clients are told, in OpenAI's shape. */
public final class UpstreamException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final UpstreamFailure failure;
  private final Said said;

  /**
   * What clients are told.
   *
   * @param status of HTTP, where nothing of an answer was sent
   * @param type OpenAI's {@code error.type}
   * @param code OpenAI's {@code error.code}
   * @param param OpenAI's {@code error.param}
   * @param retryAfterSeconds when to try again; 0 says nothing
   */
  record Said(
      int status, String type, @Nullable String code, @Nullable String param, int retryAfterSeconds)
      implements Serializable {
    private static final long serialVersionUID = 1;
  }

  UpstreamException(UpstreamFailure failure, Said said, String message) {
    // Expected, and not of this program's making: a stack would tell nothing.
    super(message, null, false, false);
    this.failure = failure;
    this.said = said;
  }

  /** A failure that is nobody's request's fault: 502, or 503 where waiting may help. */
  static UpstreamException of(UpstreamFailure failure, String message) {
    return switch (failure) {
      case BUSY, NONE_LEFT ->
          new UpstreamException(
              failure,
              new Said(503, "unavailable_error", "upstream_unavailable", null, 2),
              message);
      case LOST ->
          new UpstreamException(
              failure, new Said(502, "server_error", "upstream_lost", null, 0), message);
      case REQUEST_REFUSED, MODEL_GONE, KEY_REFUSED, UNREACHABLE, SILENT, BROKEN ->
          new UpstreamException(
              failure, new Said(502, "server_error", "upstream_failed", null, 0), message);
    };
  }

  /** The cause. */
  public UpstreamFailure failure() {
    return failure;
  }

  /** The status for clients. */
  public int status() {
    return said.status();
  }

  /** When clients may try again, in seconds; 0 where nobody knows. */
  public int retryAfterSeconds() {
    return said.retryAfterSeconds();
  }

  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }

  /** {@code {"error":{"message","type","param","code"}}}. */
  public JsonObject toJson() {
    return new JsonObject()
        .put(
            "error",
            new JsonObject()
                .put("message", getMessage())
                .put("type", said.type())
                .put("param", said.param())
                .put("code", said.code()));
  }
}
