package dev.flotilla.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.engine.Resuming.Engine;
import dev.flotilla.engine.simulated.SimulatedSpeed;
import dev.flotilla.engine.simulated.SimulatedStage;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Sessions that go on where others stopped, over a stage whose answers show every slip. */
class ResumptionTest {
  private static final int[] PROMPT = "A ship left the harbour".chars().toArray();
  private static final SamplingOptions WARM =
      new SamplingOptions(
          1, 0, 1, 0, 1, 1, 0, 0, 0, Map.of(), 77, Optional.empty(), Optional.empty(), false, -1);

  @Test
  void goesOnWithTheSameTokensInSlicesAndOneByOne() {
    for (boolean deterministic : List.of(false, true)) {
      for (SamplingOptions sampling : List.of(SamplingOptions.GREEDY, WARM)) {
        resuming(256, false).assertSameAfterEveryCut(request(sampling, deterministic, 40), PROMPT);
      }
    }
  }

  @Test
  void endsAtStopStringsThatTheCutSplits() {
    String answer = answer(WARM);
    String stop = answer.substring(answer.length() / 2, answer.length() / 2 + 13);
    String shown =
        resuming(256, false)
            .assertSameAfterEveryCut(
                request(WARM, false, 40, stop, stop.substring(0, 9) + "#", " se#", "!"), PROMPT);
    assertThat(shown).isEqualTo(answer.substring(0, answer.indexOf(stop)));
  }

  @Test
  void showsWhatWasHeldBackAtTheEndOnce() {
    String answer = answer(WARM);
    // The last word begins a stop string that never completes: it is shown only at the end.
    String lastWord = answer.substring(answer.lastIndexOf(' '));
    String shown =
        resuming(256, false)
            .assertSameAfterEveryCut(request(WARM, true, 40, lastWord + " never"), PROMPT);
    assertThat(shown).isEqualTo(answer);
  }

  @Test
  void endsAtTheContextAndGoesOnThroughItsShifts() {
    resuming(64, false).assertSameAfterEveryCut(request(WARM, false, 1000), PROMPT);
    resuming(64, true).assertSameAfterEveryCut(request(WARM, false, 200), PROMPT);
  }

  @Test
  void refusesWhatIsNoBeginningOfAnAnswer() {
    int word = 270;
    int end = 256;
    assertThat(refusal(new Resumption(new int[] {word, 9999}, 0))).contains("9999");
    assertThat(refusal(new Resumption(new int[] {word, -1}, 0))).contains("-1");
    assertThat(refusal(new Resumption(new int[] {word}, 1))).contains("chars");
    assertThat(refusal(new Resumption(new int[] {word}, 1000))).contains("chars");
    assertThat(refusal(new Resumption(new int[] {end, word}, 0))).contains("after its end");
  }

  private static String refusal(Resumption resumption) {
    EngineException failure =
        resuming(128, false).refusal(request(WARM, false, 40).resumedAt(resumption), PROMPT);
    assertThat(failure.failure()).isEqualTo(EngineFailure.INVALID_REQUEST);
    assertThat(failure.field()).contains("resumption");
    return failure.getMessage();
  }

  private static String answer(SamplingOptions sampling) {
    return resuming(256, false).assertSameAfterEveryCut(request(sampling, false, 40), PROMPT);
  }

  private static Resuming resuming(int contextTokens, boolean shift) {
    EngineOptions options =
        EngineOptionsBuilder.simulated(contextTokens)
            .slots(2)
            .queueLimit(4)
            .batchTokens(32)
            .contextShift(shift)
            .build();
    Function<SessionSink, Engine> engine =
        sink ->
            Engine.of(
                new BatchScheduler(
                    new LocalChain(new SimulatedStage(2, contextTokens, SimulatedSpeed.INSTANT)),
                    options,
                    sink,
                    System::nanoTime));
    return new Resuming(engine, engine);
  }

  private static SessionRequest request(
      SamplingOptions sampling, boolean deterministic, int maxTokens, String... stops) {
    return new SessionRequest(
        new Prompt.Tokens(PROMPT),
        sampling,
        new StopConditions(maxTokens, List.of(stops)),
        true,
        deterministic);
  }
}
