package dev.flotilla.node.api;

import org.jspecify.annotations.Nullable;

/** Why a request is refused or lost: status, and OpenAI's words for it. */
enum ApiFailure {
  INVALID_REQUEST(400, "invalid_request_error", null),
  CONTEXT_EXCEEDED(400, "invalid_request_error", "context_length_exceeded"),
  UNSUPPORTED(400, "invalid_request_error", "unsupported"),
  TEMPLATE_REFUSED(400, "invalid_request_error", "chat_template_error"),
  KEY_REQUIRED(401, "invalid_request_error", "invalid_api_key"),
  ROLE_INSUFFICIENT(403, "invalid_request_error", "insufficient_permissions"),
  ORIGIN_REFUSED(403, "invalid_request_error", "origin_refused"),
  ROUTE_UNKNOWN(404, "invalid_request_error", "unknown_url"),
  MODEL_UNKNOWN(404, "invalid_request_error", "model_not_found"),
  METHOD_NOT_ALLOWED(405, "invalid_request_error", "method_not_allowed"),
  INSTANCE_UNKNOWN(404, "invalid_request_error", "instance_not_found"),
  BODY_TIMEOUT(408, "invalid_request_error", "request_timeout"),
  /** It contradicts what was decided before. */
  CONFLICT(409, "invalid_request_error", "conflict"),
  /** A model can't be where it is to be, or anywhere. */
  PLACEMENT_IMPOSSIBLE(400, "invalid_request_error", "placement_impossible"),
  BODY_TOO_LARGE(413, "invalid_request_error", "request_too_large"),
  /** A full queue is 429, which OpenAI's SDKs retry with back-off. */
  QUEUE_FULL(429, "rate_limit_error", "queue_full"),
  /** A limit of the caller's own key; when to try again is known to the millisecond. */
  RATE_LIMITED(429, "rate_limit_error", "rate_limit_exceeded"),
  INTERNAL(500, "server_error", "internal_error"),
  MODEL_UNUSABLE(503, "unavailable_error", "model_unusable"),
  ENGINE_LOST(503, "unavailable_error", "engine_unavailable"),
  /** A model that the swarm knows is not running, and can't be now, or not yet. */
  MODEL_NOT_LOADED(503, "unavailable_error", "model_not_loaded"),
  /** Too few nodes of the swarm are in sight to decide anything. */
  SWARM_UNDECIDED(503, "unavailable_error", "no_quorum"),
  SHUTTING_DOWN(503, "unavailable_error", "shutting_down");

  private final int status;
  private final String type;
  private final @Nullable String code;

  ApiFailure(int status, String type, @Nullable String code) {
    this.status = status;
    this.type = type;
    this.code = code;
  }

  /** The HTTP status. */
  int status() {
    return status;
  }

  /** OpenAI's {@code error.type}. */
  String type() {
    return type;
  }

  /** OpenAI's {@code error.code}, null where it has none. */
  @Nullable String code() {
    return code;
  }

  /** Seconds after which a retry may succeed; 0 where a retry is pointless or not ours to time. */
  int retryAfterSeconds() {
    return switch (this) {
      case QUEUE_FULL -> 1;
      case MODEL_NOT_LOADED -> 5;
      case ENGINE_LOST, SWARM_UNDECIDED, SHUTTING_DOWN -> 2;
      case INVALID_REQUEST,
          CONTEXT_EXCEEDED,
          UNSUPPORTED,
          TEMPLATE_REFUSED,
          KEY_REQUIRED,
          ROLE_INSUFFICIENT,
          ORIGIN_REFUSED,
          ROUTE_UNKNOWN,
          MODEL_UNKNOWN,
          METHOD_NOT_ALLOWED,
          INSTANCE_UNKNOWN,
          CONFLICT,
          PLACEMENT_IMPOSSIBLE,
          BODY_TIMEOUT,
          BODY_TOO_LARGE,
          RATE_LIMITED,
          INTERNAL,
          MODEL_UNUSABLE ->
          0;
    };
  }
}
