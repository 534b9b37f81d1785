package dev.flotilla.engine.llama;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import dev.flotilla.engine.BatchScheduler;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.FinishReason;
import dev.flotilla.engine.LocalChain;
import dev.flotilla.engine.Mirostat;
import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.RecordingSink;
import dev.flotilla.engine.SamplingBuilder;
import dev.flotilla.engine.SamplingOptions;
import dev.flotilla.engine.SessionEvent.Admitted;
import dev.flotilla.engine.SessionEvent.Generated;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.StopConditions;
import dev.flotilla.engine.TokenLogprob;
import dev.flotilla.gguf.SharedFiles;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The real engine on a real, trained model. */
class LlamaEngineTest {
  private static final String PROMPT = "Once upon a time, there was a little";
  private static final String CONTINUATION =
      " girl named Lily. She loved to play outside in the park. One day, she saw a big, red ball.";

  private final EngineOptions options =
      NativeTests.options(SharedFiles.require("models/stories260K.gguf"), 256, 4);
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
  void continuesTheStoryGreedily() {
    long session = open(PROMPT, SamplingOptions.GREEDY, stop(40));
    runAll();
    assertThat(sink.text(session)).startsWith(CONTINUATION.substring(0, 60));
    assertThat(sink.finished(session).reason()).isEqualTo(FinishReason.LENGTH);
    assertThat(sink.finished(session).usage().completionTokens()).isEqualTo(40);
  }

  @Test
  void sessionsInOneBatchDoNotDisturbEachOther() {
    String[] prompts = {PROMPT, "The sun was", "Tom and Sue", "One day, a big dog"};
    List<String> alone = new ArrayList<>();
    for (String prompt : prompts) {
      long session = openDeterministic(prompt, SamplingOptions.GREEDY, stop(48));
      runAll();
      alone.add(sink.text(session));
    }
    List<Long> together = new ArrayList<>();
    for (String prompt : prompts) {
      together.add(openDeterministic(prompt, SamplingOptions.GREEDY, stop(48)));
    }
    runAll();
    assertThat(together.stream().map(sink::text).toList()).isEqualTo(alone);
  }

  @Test
  void deterministicSessionsRepeatToTheTokenInAnySlotAndCompany() {
    SamplingOptions warm = sampling(0.9f, 40, 7);
    long first = openDeterministic(PROMPT, warm, stop(64));
    runAll();
    open("The sun was", SamplingOptions.GREEDY, stop(100));
    open("Tom and Sue went", SamplingOptions.GREEDY, stop(100));
    long second = openDeterministic(PROMPT, warm, stop(64));
    runAll();
    assertThat(sink.text(second)).isEqualTo(sink.text(first)).isNotBlank();
  }

  @Test
  void randomnessDependsOnTheSeed() {
    long one = openDeterministic(PROMPT, sampling(1.2f, 0, 1), stop(32));
    long same = openDeterministic(PROMPT, sampling(1.2f, 0, 1), stop(32));
    long other = openDeterministic(PROMPT, sampling(1.2f, 0, 2), stop(32));
    runAll();
    assertThat(sink.text(same)).isEqualTo(sink.text(one));
    assertThat(sink.text(other)).isNotEqualTo(sink.text(one));
  }

  @Test
  void reusesTheLongestCachedPrefix() {
    long first = open(PROMPT, SamplingOptions.GREEDY, stop(16));
    runAll();
    long again = open(PROMPT + " girl", SamplingOptions.GREEDY, stop(16));
    runAll();
    Admitted cold = (Admitted) sink.events(first).getFirst();
    Admitted warm = (Admitted) sink.events(again).getFirst();
    assertThat(cold.cachedTokens()).isZero();
    assertThat(warm.cachedTokens()).isGreaterThanOrEqualTo(cold.promptTokens());
    assertThat(sink.text(again)).startsWith(" named Lily");
  }

  @Test
  void stopStringsNeverLeakAlsoWhenSplitOverTokens() {
    long session = open(PROMPT, SamplingOptions.GREEDY, stop(64, "She loved to play"));
    runAll();
    assertThat(sink.text(session)).isEqualTo(" girl named Lily. ");
    assertThat(sink.finished(session).reason()).isEqualTo(FinishReason.STOP);
  }

  @Test
  void reportsLogprobsOfChosenAndRivals() {
    SamplingOptions options = withLogprobs(SamplingOptions.GREEDY, 3);
    long session = open(PROMPT, options, stop(8));
    runAll();
    List<TokenLogprob> logprobs =
        sink.events(session).stream()
            .filter(Generated.class::isInstance)
            .flatMap(event -> ((Generated) event).logprobs().stream())
            .toList();
    assertThat(logprobs).hasSize(8);
    for (TokenLogprob logprob : logprobs) {
      assertThat(logprob.top()).hasSize(3);
      assertThat(logprob.top().getFirst()).isEqualTo(logprob.chosen());
      assertThat(logprob.chosen().logprob()).isLessThanOrEqualTo(0);
      assertThat(logprob.top().get(1).logprob()).isLessThanOrEqualTo(logprob.chosen().logprob());
    }
  }

  @Test
  void grammarConstrainsTheAnswerAndEndsIt() {
    SamplingOptions constrained =
        withGrammar(SamplingOptions.GREEDY, "root ::= (\"yes\" | \"no\") \"!\"");
    long session = open(PROMPT, constrained, stop(20));
    runAll();
    assertThat(sink.text(session)).isIn("yes!", "no!");
    assertThat(sink.finished(session).reason()).isEqualTo(FinishReason.STOP);
  }

  @Test
  void brokenGrammarIsRefusedByName() {
    long session = open(PROMPT, withGrammar(SamplingOptions.GREEDY, "root ::= ("), stop(20));
    runAll();
    assertThat(sink.failure(session).failure()).isEqualTo(EngineFailure.INVALID_REQUEST);
    assertThat(sink.failure(session).field()).contains("grammar");
  }

  @Test
  void mirostatFollowsItsSeed() {
    for (int version = 1; version <= 2; version++) {
      SamplingOptions options = withMirostat(sampling(0.8f, 40, 5), new Mirostat(version, 5, 0.1f));
      long one = openDeterministic(PROMPT, options, stop(24));
      long two = openDeterministic(PROMPT, options, stop(24));
      runAll();
      assertThat(sink.text(one)).isNotBlank().isEqualTo(sink.text(two));
    }
  }

  @Test
  void logitBiasForbidsAndForces() {
    int[] cat = stage.vocabulary().tokenize(" cat", false, false);
    int token = cat[cat.length - 1];
    SamplingOptions biased = withBias(SamplingOptions.GREEDY, Map.of(token, 100f));
    long forced = open(PROMPT, biased, stop(3));
    long outside = open(PROMPT, withBias(SamplingOptions.GREEDY, Map.of(9999, 1f)), stop(3));
    runAll();
    assertThat(sink.text(forced))
        .isEqualTo(new String(stage.vocabulary().piece(token), UTF_8).repeat(3));
    assertThat(sink.failure(outside).field()).contains("logit_bias");
  }

  @Test
  void showsSpecialTokensOnlyWhereASessionNamesThem() {
    SamplingOptions begins = withBias(SamplingOptions.GREEDY, Map.of(1, 100f));
    Prompt prompt = new Prompt.Text(PROMPT, true, false);
    long hidden = open(PROMPT, begins, stop(3));
    long shown = ++sessions;
    scheduler.open(
        shown,
        new SessionRequest(prompt, begins, stop(3), true, false, List.of("<s>", "two tokens")),
        tokens(PROMPT),
        Integer.MAX_VALUE);
    runAll();
    assertThat(sink.text(hidden)).isEmpty();
    assertThat(sink.text(shown)).isEqualTo("<s><s><s>");
  }

  @Test
  void withoutCreditASessionWaitsAndGoesOnWhenGranted() {
    long session = ++sessions;
    scheduler.open(
        session, request(PROMPT, SamplingOptions.GREEDY, stop(30), false), tokens(PROMPT), 5);
    runAll();
    assertThat(sink.hasEnded(session)).isFalse();
    String held = sink.text(session);
    scheduler.grant(session, 1000);
    runAll();
    assertThat(sink.hasEnded(session)).isTrue();
    assertThat(sink.text(session)).startsWith(held).isNotEqualTo(held);
  }

  @Test
  void cancelFreesTheSlotAtOnce() {
    for (int i = 0; i < 4; i++) {
      open(PROMPT, SamplingOptions.GREEDY, stop(200));
    }
    long waiting = open(PROMPT, SamplingOptions.GREEDY, stop(5));
    scheduler.step();
    assertThat(sink.events(waiting)).isEmpty();
    scheduler.cancel(1);
    assertThat(sink.events(waiting)).hasSize(1);
    assertThat(scheduler.queuedSessions()).isZero();
  }

  @Test
  void endsAtTheContextLimitWithoutShift() {
    long session = open(PROMPT, ignoringEos(SamplingOptions.GREEDY), stop(Integer.MAX_VALUE));
    runAll();
    assertThat(sink.finished(session).reason()).isEqualTo(FinishReason.LENGTH);
    int promptTokens = sink.finished(session).usage().promptTokens();
    assertThat(promptTokens + sink.finished(session).usage().completionTokens())
        .isEqualTo(options.contextTokens() + 1);
  }

  @Test
  void tooLongAPromptIsRefusedWithBothNumbers() {
    long session = open("word ".repeat(400), SamplingOptions.GREEDY, stop(5));
    assertThat(sink.failure(session).failure()).isEqualTo(EngineFailure.CONTEXT_EXCEEDED);
    assertThat(sink.failure(session)).hasMessageContaining("256");
  }

  @Test
  void beginOfTextIsNotDoubled() {
    int[] plain = stage.vocabulary().tokenize("Lily", true, true);
    assertThat(stage.vocabulary().tokenize("<s>Lily", true, true)[1]).isNotEqualTo(plain[0]);
    assertThat(stage.vocabulary().tokenize("<s>Lily", true, true)[0]).isEqualTo(plain[0]);
  }

  @Test
  void embedsTextsAsUnitVectors() {
    List<float[]> vectors =
        stage.embed(List.of(tokens("a big dog"), tokens("a big cat"), tokens("a big dog")));
    assertThat(vectors).hasSize(3);
    assertThat(vectors.get(0)).hasSize(64).isEqualTo(vectors.get(2));
    assertThat(dot(vectors.get(0), vectors.get(0))).isCloseTo(1, offset(1e-5));
    assertThat(dot(vectors.get(0), vectors.get(1))).isLessThan(0.99999).isGreaterThan(-1);
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  private long open(String prompt, SamplingOptions sampling, StopConditions stop) {
    return open(prompt, sampling, stop, false);
  }

  private long openDeterministic(String prompt, SamplingOptions sampling, StopConditions stop) {
    return open(prompt, sampling, stop, true);
  }

  private long open(String prompt, SamplingOptions sampling, StopConditions stop, boolean fixed) {
    long session = ++sessions;
    scheduler.open(
        session, request(prompt, sampling, stop, fixed), tokens(prompt), Integer.MAX_VALUE);
    return session;
  }

  private static SessionRequest request(
      String prompt, SamplingOptions sampling, StopConditions stop, boolean deterministic) {
    return new SessionRequest(
        new Prompt.Text(prompt, true, false), sampling, stop, true, deterministic);
  }

  private int[] tokens(String text) {
    return stage.vocabulary().tokenize(text, true, false);
  }

  private void runAll() {
    while (!scheduler.runnableSessions().isEmpty()) {
      scheduler.step();
    }
  }

  private static StopConditions stop(int maxTokens, String... strings) {
    return new StopConditions(maxTokens, List.of(strings));
  }

  private static SamplingOptions sampling(float temperature, int topK, long seed) {
    return new SamplingOptions(
        temperature,
        topK,
        0.95f,
        0.05f,
        1,
        1,
        64,
        0,
        0,
        Map.of(),
        seed,
        Optional.empty(),
        Optional.empty(),
        false,
        -1);
  }

  private static SamplingOptions withLogprobs(SamplingOptions o, int count) {
    return SamplingBuilder.from(o).logprobs(count).build();
  }

  private static SamplingOptions withGrammar(SamplingOptions o, String grammar) {
    return SamplingBuilder.from(o).grammar(grammar).build();
  }

  private static SamplingOptions withMirostat(SamplingOptions o, Mirostat mirostat) {
    return SamplingBuilder.from(o).mirostat(mirostat).build();
  }

  private static SamplingOptions withBias(SamplingOptions o, Map<Integer, Float> biases) {
    return SamplingBuilder.from(o).logitBias(biases).build();
  }

  private static SamplingOptions ignoringEos(SamplingOptions o) {
    return SamplingBuilder.from(o).ignoreEos(true).build();
  }
}
