package dev.flotilla.node.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.Mirostat;
import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.SamplingOptions;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GenerationOptionsTest {
  private static final int VOCABULARY = 100;

  @Test
  void takesDefaultsForWhatIsLeftOut() {
    GenerationOptions options = parse("{\"temperature\":null}");

    SamplingOptions sampling = options.sampling();
    assertThat(sampling.temperature()).isEqualTo(0.8f);
    assertThat(sampling.topK()).isEqualTo(40);
    assertThat(sampling.topP()).isEqualTo(0.95f);
    assertThat(sampling.minP()).isEqualTo(0.05f);
    assertThat(sampling.repeatLastN()).isEqualTo(64);
    assertThat(sampling.mirostat()).isEmpty();
    assertThat(sampling.seed()).isBetween(0L, (1L << 32) - 1);
    assertThat(options.stop().maxTokens()).isEqualTo(Integer.MAX_VALUE);
    assertThat(options.cachePrompt()).isTrue();
    assertThat(options.deterministic()).isFalse();
    assertThat(options.choices()).isEqualTo(1);
  }

  @Test
  void readsEveryField() {
    GenerationOptions options =
        parse(
            """
            {"temperature":0.5,"top_k":5,"top_p":0.5,"min_p":0.1,"typical_p":0.9,
             "repeat_penalty":1.1,"repeat_last_n":-1,"frequency_penalty":-1,"presence_penalty":2,
             "logit_bias":{"7":-100,"8":1.5},"seed":12345678901,"mirostat":1,"mirostat_tau":3,
             "mirostat_eta":0.2,"ignore_eos":true,"stop":["a","b"],"max_tokens":5,
             "max_completion_tokens":6,"n":2,"stream":true,
             "stream_options":{"include_usage":true},"cache_prompt":false,"deterministic":true,
             "user":"u","metadata":{"a":"b"},"store":false,"unheard_of":[1]}
            """);

    assertThat(options.sampling())
        .isEqualTo(
            new SamplingOptions(
                0.5f,
                5,
                0.5f,
                0.1f,
                0.9f,
                1.1f,
                -1,
                -1,
                2,
                Map.of(7, -100f, 8, 1.5f),
                12345678901L,
                Optional.of(new Mirostat(1, 3, 0.2f)),
                Optional.of("root ::= \"x\""),
                true,
                3));
    assertThat(options.stop().stopStrings()).containsExactly("a", "b");
    assertThat(options.stop().maxTokens()).isEqualTo(6);
    assertThat(options.stream()).isTrue();
    assertThat(options.includeUsage()).isTrue();
    assertThat(options.cachePrompt()).isFalse();
    assertThat(options.deterministic()).isTrue();
  }

  @Test
  void readsTheOtherFormsOfStopAndMaxTokens() {
    assertThat(parse("{\"stop\":\"x\"}").stop().stopStrings()).containsExactly("x");
    assertThat(parse("{\"stop\":\"\"}").stop().stopStrings()).isEmpty();
    assertThat(parse("{\"max_tokens\":-1}").stop().maxTokens()).isEqualTo(Integer.MAX_VALUE);
    assertThat(parse("{\"max_tokens\":5.0}").stop().maxTokens()).isEqualTo(5);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"temperature":"hot"}                  | temperature
          {"temperature":1e300}                  | temperature
          {"temperature":-1}                     | temperature
          {"temperature":true}                   | temperature
          {"top_p":1.5}                          | top_p
          {"top_k":-1}                           | top_k
          {"top_k":1.5}                          | top_k
          {"top_k":99999999999999999999}         | top_k
          {"min_p":[]}                           | min_p
          {"seed":"1"}                           | seed
          {"seed":1e30}                          | seed
          {"n":0}                                | n
          {"n":129}                              | n
          {"max_tokens":0}                       | max_tokens
          {"max_completion_tokens":-2}           | max_completion_tokens
          {"stop":7}                             | stop
          {"stop":["a",7]}                       | stop[1]
          {"stream":"yes"}                       | stream
          {"stream_options":3}                   | stream_options
          {"stream_options":{"include_usage":1}} | stream_options.include_usage
          {"logit_bias":[]}                      | logit_bias
          {"logit_bias":{"x":1}}                 | logit_bias.x
          {"logit_bias":{"100":1}}               | logit_bias.100
          {"logit_bias":{"1":101}}               | logit_bias.1
          {"mirostat":3}                         | mirostat
          {"mirostat":2,"mirostat_tau":0}        | mirostat_tau
          {"repeat_penalty":0}                   | repeat_penalty
          {"cache_prompt":1}                     | cache_prompt
          """)
  void refusesAWrongFieldByName(String body, String param) {
    assertThatExceptionOfType(RuntimeException.class)
        .isThrownBy(() -> parse(body))
        .satisfies(cause -> {
          ApiError error = ApiError.of(cause);
          assertThat(error.failure()).isEqualTo(ApiFailure.INVALID_REQUEST);
          assertThat(error.param()).isEqualTo(param);
          assertThat(error.message()).contains(param);
        });
  }

  @Test
  void refusesDefaultsThatTheEngineWould() {
    assertThatExceptionOfType(EngineException.class)
        .isThrownBy(() ->
            new SamplingDefaults(
                -1, 40, 1, 0, 1, 1, 64, 0, 0, 5, 0.1f, OptionalLong.empty(), Integer.MAX_VALUE))
        .withMessageContaining("temperature");
  }

  @Test
  void readsGrammarsAndSchemas() {
    Grammars grammars = new Grammars(Optional.of(schema -> "root ::= " + schema.get("type")));

    assertThat(grammars.parse(fields("{}"))).isEmpty();
    assertThat(grammars.parse(fields("{\"response_format\":{\"type\":\"text\"}}"))).isEmpty();
    assertThat(grammars.parse(fields("{\"grammar\":\"root ::= x\"}"))).hasValue("root ::= x");
    assertThat(grammars.parse(fields("{\"json_schema\":{\"type\":\"array\"}}")))
        .hasValue("root ::= array");
    assertThat(grammars.parse(fields("{\"response_format\":{\"type\":\"json_object\"}}")))
        .hasValue("root ::= object");
    assertThat(
            grammars.parse(
                fields(
                    """
                    {"response_format":{"type":"json_schema",
                      "json_schema":{"name":"n","schema":{"type":"number"}}}}
                    """)))
        .hasValue("root ::= number");
  }

  @Test
  void refusesJsonWhereNoGrammarsAreMade() {
    Fields asked = fields("{\"response_format\":{\"type\":\"json_object\"}}");

    assertThatExceptionOfType(ApiException.class)
        .isThrownBy(() -> new Grammars(Optional.empty()).parse(asked))
        .satisfies(cause -> {
          assertThat(cause.failure()).isEqualTo(ApiFailure.UNSUPPORTED);
          assertThat(cause.param()).isEqualTo("response_format.type");
        });
  }

  private static GenerationOptions parse(String body) {
    return GenerationOptions.parse(
        fields(body), 3, Optional.of("root ::= \"x\""), SamplingDefaults.LLAMA_CPP, VOCABULARY);
  }

  private static Fields fields(String body) {
    return Fields.of(Json.object(Buffer.buffer(body)));
  }

  @Test
  void takesTheNodesSeedWhereARequestHasNone() {
    SamplingDefaults seeded =
        new SamplingDefaults(
            0.8f, 40, 1, 0, 1, 1, 64, 0, 0, 5, 0.1f, OptionalLong.of(9), Integer.MAX_VALUE);

    assertThat(
            GenerationOptions.parse(fields("{}"), 3, Optional.empty(), seeded, VOCABULARY)
                .sampling()
                .seed())
        .isEqualTo(9);
    assertThat(
            GenerationOptions.parse(fields("{\"seed\":4}"), 3, Optional.empty(), seeded, VOCABULARY)
                .sampling()
                .seed())
        .isEqualTo(4);
  }

  @Test
  void seedsEachChoiceDifferently() {
    GenerationOptions options = parse("{\"seed\":5}");
    var prompt = new Prompt.Tokens(new int[] {1});

    assertThat(
            List.of(0, 1, 2).stream()
                .map(i -> options.session(prompt, i, List.of()).sampling().seed()))
        .containsExactly(5L, 6L, 7L);
  }
}
