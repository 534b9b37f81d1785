package dev.flotilla.engine.llama;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.engine.BatchScheduler;
import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.LocalChain;
import dev.flotilla.engine.Mirostat;
import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.Resuming;
import dev.flotilla.engine.Resuming.Engine;
import dev.flotilla.engine.Resumption;
import dev.flotilla.engine.SamplingOptions;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.SessionSink;
import dev.flotilla.engine.StopConditions;
import dev.flotilla.gguf.SharedFiles;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Sessions of a real model that go on in a second engine, cut after every event. */
class LlamaResumptionTest {
  private static final String PROMPT = "Once upon a time, there was a little";

  private final EngineOptions options =
      NativeTests.options(SharedFiles.require("models/stories260K.gguf"), 256, 2);
  private final LlamaStage firstStage = NativeTests.stage(options);
  private final LlamaStage secondStage = NativeTests.stage(options);
  private final Resuming resuming =
      new Resuming(sink -> engine(firstStage, sink), sink -> engine(secondStage, sink));

  private Engine engine(LlamaStage stage, SessionSink sink) {
    return Engine.of(new BatchScheduler(new LocalChain(stage), options, sink, System::nanoTime));
  }

  @AfterEach
  void close() {
    firstStage.close();
    secondStage.close();
  }

  @Test
  void greedyAndDrawnTokensWithLogprobs() {
    cutEverywhere(sampling(0, 1, 0, Optional.empty(), Optional.empty(), 3), 24);
    cutEverywhere(sampling(1.1f, 1, 0, Optional.empty(), Optional.empty(), 2), 24);
  }

  @Test
  void penaltiesOverTheCut() {
    String plain = cutEverywhere(sampling(0.9f, 1, 0, Optional.empty(), Optional.empty(), -1), 24);
    String penalised =
        cutEverywhere(sampling(0.9f, 1.5f, 0.7f, Optional.empty(), Optional.empty(), -1), 24);
    assertThat(penalised).isNotEqualTo(plain);
  }

  @Test
  void mirostatOfBothVersions() {
    for (int version = 1; version <= 2; version++) {
      Mirostat mirostat = new Mirostat(version, 3, 0.3f);
      cutEverywhere(sampling(0.9f, 1, 0, Optional.of(mirostat), Optional.empty(), -1), 24);
    }
  }

  @Test
  void grammarWithMirostatAndWithCharactersOfManyTokens() {
    Optional<String> grammar = Optional.of("root ::= (\"größe 🚢 \" [a-z]+ \"; \")+ \"日本\"");
    cutEverywhere(sampling(0.9f, 1, 0, Optional.empty(), grammar, 1), 32);
    cutEverywhere(sampling(0.9f, 1, 0, Optional.of(new Mirostat(2, 3, 0.3f)), grammar, -1), 40);
    String whole =
        cutEverywhere(
            sampling(0, 1, 0, Optional.empty(), Optional.of("root ::= \"ein 🚢 auf See\""), -1),
            40);
    assertThat(whole).isEqualTo("ein 🚢 auf See");
  }

  @Test
  void stopStringsSplitOverTheCut() {
    String shown =
        cutEverywhere(
            sampling(0, 1, 0, Optional.empty(), Optional.empty(), 1),
            64,
            "She loved to play",
            " girl named Tom");
    assertThat(shown).isEqualTo(" girl named Lily. ");
  }

  @Test
  void tokensThatTheGrammarDoesNotAllowAreRefused() {
    SamplingOptions constrained =
        sampling(0, 1, 0, Optional.empty(), Optional.of("root ::= \"yes\""), -1);
    for (boolean deterministic : List.of(false, true)) {
      int[] no = firstStage.vocabulary().tokenize("no", false, false);
      int shown = 0;
      for (int token : no) {
        shown += firstStage.vocabulary().piece(token).length;
      }
      EngineException failure =
          resuming.refusal(
              request(constrained, deterministic, 9).resumedAt(new Resumption(no, shown)),
              prompt());
      assertThat(failure.failure()).isEqualTo(EngineFailure.INVALID_REQUEST);
      assertThat(failure).hasMessageContaining("grammar");
    }
  }

  private String cutEverywhere(SamplingOptions sampling, int maxTokens, String... stops) {
    return resuming.assertSameAfterEveryCut(request(sampling, true, maxTokens, stops), prompt());
  }

  private int[] prompt() {
    return firstStage.vocabulary().tokenize(PROMPT, true, false);
  }

  private static SessionRequest request(
      SamplingOptions sampling, boolean deterministic, int maxTokens, String... stops) {
    return new SessionRequest(
        new Prompt.Text(PROMPT, true, false),
        sampling,
        new StopConditions(maxTokens, List.of(stops)),
        true,
        deterministic);
  }

  private static SamplingOptions sampling(
      float temperature,
      float repeatPenalty,
      float presencePenalty,
      Optional<Mirostat> mirostat,
      Optional<String> grammar,
      int logprobs) {
    return new SamplingOptions(
        temperature,
        40,
        0.95f,
        0.02f,
        1,
        repeatPenalty,
        32,
        0,
        presencePenalty,
        Map.of(),
        4711,
        mirostat,
        grammar,
        false,
        logprobs);
  }
}
