package dev.flotilla.node.api;

import io.vertx.core.json.JsonObject;
import java.util.UUID;

/**
 * What every chunk of an answer repeats.
 *
 * @param kind the shape of the answer
 * @param id its id
 * @param createdSeconds when it began
 * @param model the id of the model
 * @param fingerprint OpenAI's {@code system_fingerprint}: changes when answers may
 */
record AnswerHead(
    AnswerKind kind, String id, long createdSeconds, String model, String fingerprint) {

  /** The head of a new answer. */
  static AnswerHead next(AnswerKind kind, String model, String fingerprint) {
    String id = kind.idPrefix() + UUID.randomUUID().toString().replace("-", "");
    return new AnswerHead(kind, id, System.currentTimeMillis() / 1000, model, fingerprint);
  }

  /** The start of the JSON object. */
  JsonObject toJson(String object) {
    return new JsonObject()
        .put("id", id)
        .put("object", object)
        .put("created", createdSeconds)
        .put("model", model)
        .put("system_fingerprint", fingerprint);
  }
}
