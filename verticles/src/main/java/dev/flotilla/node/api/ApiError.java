package dev.flotilla.node.api;

import dev.flotilla.chat.ChatException;
import dev.flotilla.chat.ChatFailure;
import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.node.instances.InstanceException;
import dev.flotilla.node.instances.InstanceFailure;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * A failure as clients see it, in OpenAI's shape. {@link #of} is the one place where failures of
 * every family become HTTP.
 *
 * @param failure the cause
 * @param param the request field to blame, null when none is
 * @param message what went wrong, for people
 */
record ApiError(ApiFailure failure, @Nullable String param, String message) {

  /** The client's view of any failure; what is not foreseen tells nothing but that it happened. */
  static ApiError of(Throwable cause) {
    return switch (cause) {
      case ApiException api -> new ApiError(api.failure(), api.param(), api.getMessage());
      case EngineException engine ->
          new ApiError(of(engine.failure()), engine.field().orElse(null), engine.getMessage());
      case InstanceException swarm ->
          new ApiError(of(swarm.failure()), swarm.field().orElse(null), swarm.getMessage());
      case ChatException chat -> new ApiError(of(chat.failure()), "messages", chat.getMessage());
      default -> new ApiError(ApiFailure.INTERNAL, null, "The server had an internal error.");
    };
  }

  private static ApiFailure of(EngineFailure failure) {
    return switch (failure) {
      case INVALID_REQUEST -> ApiFailure.INVALID_REQUEST;
      case CONTEXT_EXCEEDED -> ApiFailure.CONTEXT_EXCEEDED;
      case QUEUE_FULL -> ApiFailure.QUEUE_FULL;
      case MODEL_UNUSABLE, NATIVE_LIBRARY -> ApiFailure.MODEL_UNUSABLE;
      case UNSUPPORTED -> ApiFailure.UNSUPPORTED;
      case ENGINE_LOST, CANCELLED -> ApiFailure.ENGINE_LOST;
      case DRAINING -> ApiFailure.SHUTTING_DOWN;
      case MODEL_GONE -> ApiFailure.MODEL_NOT_LOADED;
      case INTERNAL -> ApiFailure.INTERNAL;
    };
  }

  private static ApiFailure of(InstanceFailure failure) {
    return switch (failure) {
      case INVALID -> ApiFailure.INVALID_REQUEST;
      case UNKNOWN_MODEL -> ApiFailure.MODEL_UNKNOWN;
      case UNKNOWN_INSTANCE -> ApiFailure.INSTANCE_UNKNOWN;
      case CONFLICT -> ApiFailure.CONFLICT;
      case NO_PLAN -> ApiFailure.PLACEMENT_IMPOSSIBLE;
      case NOT_PERMITTED -> ApiFailure.ROLE_INSUFFICIENT;
      case UNDECIDED -> ApiFailure.SWARM_UNDECIDED;
      case BUSY -> ApiFailure.QUEUE_FULL;
    };
  }

  /**
   * A template that fails while it renders is a 400 as well: with a template that parsed, it is the
   * conversation that it can't take.
   */
  private static ApiFailure of(ChatFailure failure) {
    return switch (failure) {
      case REFUSED, TEMPLATE -> ApiFailure.TEMPLATE_REFUSED;
      case INVALID_MESSAGE, SCHEMA -> ApiFailure.INVALID_REQUEST;
    };
  }

  /** {@code {"error":{"message","type","param","code"}}}. */
  JsonObject toJson() {
    return new JsonObject()
        .put(
            "error",
            new JsonObject()
                .put("message", message)
                .put("type", failure.type())
                .put("param", param)
                .put("code", failure.code()));
  }
}
