package dev.flotilla.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.FinishReason;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.node.api.ScriptedPipeline.Step;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ErrorTest {
  private volatile List<Step> script = List.of(Scripts.admitted());
  private final ApiServer server = new ApiServer(this::play);

  private List<Step> play(SessionRequest request) {
    return script;
  }

  @AfterEach
  void stop() {
    server.awaitIdle();
    server.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {}                                                                  | messages
          {"messages":[]}                                                     | messages
          {"messages":"hi"}                                                   | messages
          {"messages":[1]}                                                    | messages[0]
          {"messages":[{"content":"a"}]}                                      | messages[0].role
          {"messages":[{"role":1,"content":"a"}]}                             | messages[0].role
          {"messages":[{"role":"user"}]}                                      | messages[0].content
          {"messages":[{"role":"user","content":7}]}                          | messages[0].content
          {"messages":[{"role":"user","content":["a"]}]}                      | messages[0].content[0]
          {"messages":[{"role":"user","content":[{"type":"image_url"}]}]}     | messages[0].content[0].type
          {"messages":[{"role":"user","content":[{"type":"text","text":1}]}]} | messages[0].content[0].text
          {"messages":[{"role":"refused","content":"a"}]}                     | messages
          {"messages":[{"role":"user","content":"a"}],"tools":{}}             | tools
          {"messages":[{"role":"user","content":"a"}],"tools":[1]}            | tools[0]
          {"messages":[{"role":"user","content":"a"}],"tools":[{"type":"function"}]} | tools[0].function
          {"messages":[{"role":"user","content":"a"}],"tools":[{"type":"web_search"}]} | tools[0].type
          {"messages":[{"role":"user","content":"a"}],"tools":[{"type":"function","function":{}}]} | tools[0].function.name
          {"messages":[{"role":"user","content":"a"}],"tools":[{"type":"function","function":{"name":"a b"}}]} | tools[0].function.name
          {"messages":[{"role":"user","content":"a"}],"tools":[{"type":"function","function":{"name":"a","parameters":1}}]} | tools[0].function.parameters
          {"messages":[{"role":"user","content":"a"}],"tool_choice":"required"} | tool_choice
          {"messages":[{"role":"user","content":"a"}],"tool_choice":"some"} | tool_choice
          {"messages":[{"role":"user","content":"a"}],"tool_choice":7} | tool_choice
          {"messages":[{"role":"user","content":"a"}],"tool_choice":{"type":"function","function":{"name":"a"}}} | tool_choice.function.name
          {"messages":[{"role":"user","content":"a"}],"tools":[{"type":"function","function":{"name":"a"}}],"parallel_tool_calls":1} | parallel_tool_calls
          {"messages":[{"role":"user","content":"a"}],"tools":[{"type":"function","function":{"name":"a"}}],"grammar":"root ::= x"} | grammar
          {"messages":[{"role":"user","content":"a"}],"tool_choice":"required","tools":[{"type":"function","function":{"name":"a","parameters":{"not":{}}}}]} | tools
          {"messages":[{"role":"assistant","tool_calls":[{}]}]} | messages[0].tool_calls[0].function
          {"messages":[{"role":"assistant","tool_calls":[{"function":{"name":"a","arguments":"[]"}}]}]} | messages[0].tool_calls[0].function.arguments
          {"messages":[{"role":"tool","content":"a","tool_call_id":1}]} | messages[0].tool_call_id
          {"messages":[{"role":"user","content":"a"}],"top_logprobs":1}       | top_logprobs
          {"messages":[{"role":"user","content":"a"}],"chat_template_kwargs":1} | chat_template_kwargs
          {"messages":[{"role":"user","content":"a"}],"response_format":{"type":"json_object"}} | response_format.type
          {"messages":[{"role":"user","content":"a"}],"response_format":{}}   | response_format.type
          {"messages":[{"role":"user","content":"a"}],"model":7}              | model
          {"messages":[{"role":"user","content":"a"}],"model":"embedder"}     | model
          {"messages":[{"role":"assistant","content":"a"},{"role":"assistant","content":"a"}]} | messages
          """)
  void refusesAWrongFieldOfAConversationByName(String body, String param) {
    var response = server.send("POST", "/v1/chat/completions", body);

    assertThat(response.statusCode()).isEqualTo(400);
    JsonObject error = ApiServer.error(response);
    assertThat(error.getString("param")).isEqualTo(param);
    assertThat(error.getString("type")).isEqualTo("invalid_request_error");
    assertThat(error.fieldNames()).containsExactly("message", "type", "param", "code");
    assertThat(server.pipeline().requests()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {}                                        | prompt
          {"prompt":""}                             | prompt
          {"prompt":{}}                             | prompt
          {"prompt":[1,1114112]}                    | prompt[1]
          {"prompt":["a",[]]}                       | prompt[1]
          {"prompt":"a","suffix":"b"}               | suffix
          {"prompt":"a","best_of":2}                | best_of
          {"prompt":"a","logprobs":21}              | logprobs
          {"prompt":"a","logprobs":true}            | logprobs
          {"prompt":"a","logprobs":1,"echo":true}   | logprobs
          {"prompt":["a","b"],"n":65}               | n
          """)
  void refusesAWrongFieldOfACompletionByName(String body, String param) {
    var response = server.send("POST", "/v1/completions", body);

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(ApiServer.error(response).getString("param")).isEqualTo(param);
  }

  @Test
  void doesNotKnowAModel() {
    for (String path : List.of("/v1/chat/completions", "/v1/completions", "/v1/embeddings")) {
      var response = server.post(path, new JsonObject().put("model", "nope"));

      assertThat(response.statusCode()).isEqualTo(404);
      assertThat(ApiServer.error(response).getString("code")).isEqualTo("model_not_found");
      assertThat(ApiServer.error(response).getString("param")).isEqualTo("model");
    }
  }

  @ParameterizedTest
  @EnumSource(EngineFailure.class)
  void tellsWhyAnEngineRefused(EngineFailure failure) {
    script = List.of(new Step.Fail(new EngineException(failure, "prompt", "told")));

    for (boolean stream : List.of(false, true)) {
      var response = server.post("/v1/chat/completions", ChatTest.chat().put("stream", stream));

      ApiFailure expected = ApiError.of(new EngineException(failure, "told")).failure();
      assertThat(response.statusCode()).isEqualTo(expected.status());
      assertThat(ApiServer.error(response).getString("code")).isEqualTo(expected.code());
      assertThat(ApiServer.error(response).getString("message")).isEqualTo("told");
      assertThat(ApiServer.error(response).getString("param")).isEqualTo("prompt");
      assertThat(response.headers().firstValue("Retry-After").isPresent())
          .isEqualTo(expected.retryAfterSeconds() > 0);
      assertThat(response.headers().firstValue("Content-Type"))
          .hasValue("application/json; charset=utf-8");
    }
  }

  @Test
  void asksClientsToRetryWhenTheQueueIsFull() {
    script = List.of(new Step.Fail(new EngineException(EngineFailure.QUEUE_FULL, "full")));

    var response = server.post("/v1/chat/completions", ChatTest.chat());

    assertThat(response.statusCode()).isEqualTo(429);
    assertThat(response.headers().firstValue("Retry-After")).hasValue("1");
  }

  @Test
  void keepsAnUnforeseenFailureToItself() {
    script = List.of(new Step.Fail(new IllegalStateException("secret detail")));

    var response = server.post("/v1/chat/completions", ChatTest.chat());

    assertThat(response.statusCode()).isEqualTo(500);
    assertThat(response.body()).doesNotContain("secret").doesNotContain("Exception");
    assertThat(response.headers().firstValue("x-request-id").orElseThrow()).startsWith("req_");
  }

  @ParameterizedTest
  @CsvSource({"1, 200, ", "2, 503, model_not_loaded"})
  void asksOnceMoreForAModelThatWasTakenDownJustThen(int gone, int status, @Nullable String code) {
    AtomicInteger opened = new AtomicInteger();
    try (ApiServer changing =
        new ApiServer(request ->
            opened.incrementAndGet() <= gone
                ? List.of(new Step.Fail(new EngineException(EngineFailure.MODEL_GONE, "gone")))
                : Scripts.say(request, "back"))) {
      var response = changing.post("/v1/chat/completions", ChatTest.chat());

      assertThat(response.statusCode()).isEqualTo(status);
      assertThat(opened).hasValue(2);
      if (code == null) {
        assertThat(response.body()).contains("back");
      } else {
        assertThat(ApiServer.error(response).getString("code")).isEqualTo(code);
      }
    }
  }

  @Test
  void endsAStreamThatFailsWithAnErrorEvent() {
    script =
        List.of(
            Scripts.admitted(),
            Scripts.piece("half"),
            new Step.Fail(new EngineException(EngineFailure.ENGINE_LOST, "engine lost")));

    var response = server.post("/v1/chat/completions", ChatTest.chat().put("stream", true));

    assertThat(response.statusCode()).isEqualTo(200);
    JsonObject last = new JsonObject(ApiServer.events(response).getLast());
    assertThat(last.getJsonObject("error").getString("message")).isEqualTo("engine lost");
    assertThat(response.body()).doesNotContain("[DONE]");
  }

  @Test
  void treatsASessionThatEndsWithoutAResultAsAFault() {
    script = List.of(Scripts.admitted(), Scripts.piece("half"));

    var response = server.post("/v1/chat/completions", ChatTest.chat());

    assertThat(response.statusCode()).isEqualTo(500);
  }

  @Test
  void closesTheOtherChoicesWhenOneFails() {
    try (ApiServer several =
        new ApiServer(request ->
            request.sampling().seed() == 11
                ? List.of(
                    Scripts.admitted(),
                    new Step.Fail(new EngineException(EngineFailure.ENGINE_LOST, "lost")))
                : List.of(Scripts.admitted(), new Step.Hang()))) {
      var response =
          several.post("/v1/chat/completions", ChatTest.chat().put("n", 3).put("seed", 10));

      assertThat(response.statusCode()).isEqualTo(503);
      several.awaitIdle();
    }
  }

  @Test
  void ignoresWhatFollowsTheEnd() {
    script =
        List.of(
            Scripts.admitted(),
            Scripts.piece("all"),
            Scripts.finished(FinishReason.STOP, 1),
            Scripts.piece("more"));

    var response = server.post("/v1/chat/completions", ChatTest.chat().put("stream", true));

    assertThat(response.body()).contains("all").doesNotContain("more").endsWith("[DONE]\n\n");
  }

  @Test
  void boundsTheBody() {
    ApiOptions small =
        new ApiOptions(
            "127.0.0.1",
            0,
            List.of(),
            List.of(),
            2048,
            30_000,
            75_000,
            16,
            1_000,
            Optional.empty(),
            Optional.empty(),
            "test");
    try (ApiServer bounded = new ApiServer(small, Optional.empty(), this::play)) {
      String body =
          new JsonObject().put("messages", new JsonArray().add("x".repeat(4_000))).encode();

      var response = bounded.send("POST", "/v1/chat/completions", body);

      assertThat(response.statusCode()).isEqualTo(413);
      assertThat(ApiServer.error(response).getString("code")).isEqualTo("request_too_large");
      // The connection is still good.
      assertThat(bounded.get("/health").statusCode()).isEqualTo(200);
    }
  }
}
