package dev.flotilla.engine.llama;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.chat.jinja.TestJson;
import dev.flotilla.chat.schema.JsonGrammar;
import dev.flotilla.chat.schema.JsonStrings;
import dev.flotilla.chat.schema.SchemaSamples;
import dev.flotilla.chat.schema.TestValidator;
import dev.flotilla.engine.BatchScheduler;
import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.FinishReason;
import dev.flotilla.engine.LocalChain;
import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.RecordingSink;
import dev.flotilla.engine.SamplingOptions;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.StopConditions;
import dev.flotilla.gguf.SharedFiles;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a real model says under the grammars of schemas, as llama.cpp reads and applies them. */
class SchemaGenerationTest {
  private static final long SEED = Long.getLong("flotilla.seed", System.nanoTime());
  private static final String PROMPT = "Once upon a time";

  private final EngineOptions options =
      NativeTests.options(SharedFiles.require("models/stories260K.gguf"), 512, 4);
  private final LlamaStage stage = NativeTests.stage(options);
  private final RecordingSink sink = new RecordingSink();
  private final BatchScheduler scheduler =
      new BatchScheduler(new LocalChain(stage), options, sink, System::nanoTime);
  private long sessions;

  @AfterEach
  void close() {
    stage.close();
  }

  @Test
  void finishedAnswersAreValidAgainstRandomSchemas() {
    int finished = 0;
    for (int i = 0; i < 60; i++) {
      Map<String, Object> schema = new SchemaSamples(new Random(SEED + i)).schema();
      finished += check(schema, SEED + i) ? 1 : 0;
    }
    // A schema that refers to itself may go on to the end of the context; most do not.
    assertThat(finished).isGreaterThan(20);
  }

  @Test
  void longRepetitionsAreReadAsTheyAreWritten() {
    Map<String, Object> schema =
        TestJson.parseObject(
            """
            {"type":"object","required":["text","list","big"],"properties":{
              "text":{"type":"string","minLength":3,"maxLength":9000},
              "list":{"type":"array","items":{"type":"integer","minimum":-12,"maximum":12},
                "maxItems":2000},
              "big":{"type":"string","pattern":"^([a-z]{1,500}[0-9]{0,20}){1,30}$"}}}
            """);
    for (int i = 0; i < 4; i++) {
      check(schema, SEED + i);
      assertThat(sink.text(sessions)).matches("(?s)\\{\\s*\"text\":.*");
    }
  }

  private boolean check(Map<String, Object> schema, long seed) {
    long session = open(JsonGrammar.gbnf(schema), seed);
    while (!scheduler.runnableSessions().isEmpty()) {
      scheduler.step();
    }
    if (sink.finished(session).reason() != FinishReason.STOP) {
      return false;
    }
    String json = sink.text(session);
    assertThat(new TestValidator(schema).isValid(TestJson.parse(json)))
        .as("seed %d: %s%n%s", seed, json, JsonStrings.json(schema))
        .isTrue();
    return true;
  }

  private long open(String grammar, long seed) {
    long session = ++sessions;
    SamplingOptions sampling =
        new SamplingOptions(
            1.2f,
            0,
            1,
            0,
            1,
            1,
            0,
            0,
            0,
            Map.of(),
            seed,
            Optional.empty(),
            Optional.of(grammar),
            false,
            -1);
    SessionRequest request =
        new SessionRequest(
            new Prompt.Text(PROMPT, true, false),
            sampling,
            new StopConditions(300, List.of()),
            true,
            false);
    int[] prompt = stage.vocabulary().tokenize(PROMPT, true, false);
    scheduler.open(session, request, prompt, Integer.MAX_VALUE);
    return session;
  }
}
