package dev.flotilla.node.upstream;

import dev.flotilla.node.upstream.UpstreamException.Said;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * Reads an upstream's answer that is not 2xx. Bodies come in the shapes of OpenAI and llama-server
 * ({@code {"error":{...}}}), Ollama ({@code {"error":"text"}}), vLLM ({@code {"message":...}}) and
 * FastAPI ({@code {"detail":...}}), and from proxies as anything.
 */
final class RefusedAnswer {
  /** What is read of such a body. */
  static final int MAX_BYTES = 64 << 10;

  private static final int MAX_TEXT = 2_000;
  private static final int MAX_WORD = 100;
  private static final int MAX_RETRY_SECONDS = 3_600;

  private RefusedAnswer() {}

  /**
   * What went wrong.
   *
   * @param server the upstream's name
   * @param retryAfter its header of that name
   */
  static UpstreamException parse(
      String server, int status, @Nullable String retryAfter, Buffer body) {
    JsonObject error = error(body);
    String message = text(error, "message", MAX_TEXT);
    String told =
        "The upstream '%s' answered %d%s"
            .formatted(server, status, message == null ? "." : ": " + message);
    return switch (status) {
      // That would tell clients that their own key is wrong.
      case 401, 403 ->
          UpstreamException.of(
              UpstreamFailure.KEY_REFUSED,
              "The upstream '" + server + "' does not take the key that it is given.");
      // Others may have the model, or do what this one can't.
      case 404, 501 -> refused(UpstreamFailure.MODEL_GONE, status, error, told);
      case 429, 503 -> busy(status, seconds(retryAfter), told);
      case 400, 405, 406, 409, 413, 415, 422 ->
          refused(UpstreamFailure.REQUEST_REFUSED, status, error, message == null ? told : message);
      default -> UpstreamException.of(UpstreamFailure.BROKEN, told);
    };
  }

  private static UpstreamException busy(int status, int retryAfterSeconds, String told) {
    String type = status == 429 ? "rate_limit_error" : "unavailable_error";
    return new UpstreamException(
        UpstreamFailure.BUSY,
        new Said(status, type, "upstream_busy", null, retryAfterSeconds),
        told);
  }

  /** What the request is to blame for is told as the upstream tells it. */
  private static UpstreamException refused(
      UpstreamFailure failure, int status, JsonObject error, String told) {
    String type = text(error, "type", MAX_WORD);
    return new UpstreamException(
        failure,
        new Said(
            status,
            type == null ? "invalid_request_error" : type,
            text(error, "code", MAX_WORD),
            text(error, "param", MAX_WORD),
            0),
        told);
  }

  private static JsonObject error(Buffer body) {
    JsonObject json;
    try {
      json = body.toJsonObject();
    } catch (DecodeException | ClassCastException e) {
      return new JsonObject();
    }
    if (json == null) {
      return new JsonObject();
    }
    if (json.getValue("error") instanceof JsonObject error) {
      return error;
    }
    for (String name : new String[] {"error", "detail"}) {
      if (json.getValue(name) instanceof String text) {
        return new JsonObject().put("message", text);
      }
    }
    return json;
  }

  private static @Nullable String text(JsonObject error, String name, int most) {
    return error.getValue(name) instanceof String text && !text.isBlank()
        ? text.substring(0, Math.min(most, text.length()))
        : null;
  }

  private static int seconds(@Nullable String retryAfter) {
    try {
      return retryAfter == null
          ? 1
          : Math.clamp(Long.parseLong(retryAfter.strip()), 1, MAX_RETRY_SECONDS);
    } catch (NumberFormatException e) {
      // It may also be a date.
      return 1;
    }
  }
}
