package dev.flotilla.cli.bench;

import dev.flotilla.cli.http.ApiBase;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;

/**
 * A server that is measured.
 *
 * @param api where it is
 * @param model the model it is asked for
 */
public record Target(ApiBase api, String model) {

  /** The path that requests of a plan go to. */
  String path(BenchPlan plan) {
    return plan.chat() ? "/v1/chat/completions" : "/v1/completions";
  }

  /** The body of a request. */
  byte[] body(BenchPlan plan, String prompt, int answerTokens) {
    JsonObject body =
        new JsonObject()
            .put("model", model)
            .put("max_tokens", answerTokens)
            .put("temperature", 0)
            .put("stream", true)
            .put("stream_options", new JsonObject().put("include_usage", true));
    if (plan.ignoreEos()) {
      body.put("ignore_eos", true);
    }
    if (plan.chat()) {
      body.put(
          "messages",
          new JsonArray().add(new JsonObject().put("role", "user").put("content", prompt)));
    } else {
      body.put("prompt", prompt);
    }
    return body.encode().getBytes(StandardCharsets.UTF_8);
  }
}
