package dev.flotilla.node.api;

import dev.flotilla.engine.FinishReason;
import dev.flotilla.engine.SessionEvent.Admitted;
import dev.flotilla.engine.SessionEvent.Finished;
import dev.flotilla.engine.SessionEvent.Generated;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.SessionUsage;
import dev.flotilla.engine.TokenLogprob;
import dev.flotilla.node.api.ScriptedPipeline.Step;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** What scripted sessions do. */
final class Scripts {
  static final int PROMPT_TOKENS = 7;
  static final int CACHED_TOKENS = 3;

  private Scripts() {}

  /**
   * Says these pieces, one token each, within {@code max_tokens}; with logprobs where asked for.
   */
  static List<Step> say(SessionRequest request, String... pieces) {
    int most = Math.min(pieces.length, request.stop().maxTokens());
    List<Step> steps = new ArrayList<>();
    steps.add(admitted());
    for (int i = 0; i < most; i++) {
      boolean logprobs = request.sampling().logprobs() >= 0;
      steps.add(
          new Step.Emit(
              new Generated(
                  pieces[i],
                  new int[] {i},
                  logprobs
                      ? List.of(logprob(pieces[i], request.sampling().logprobs()))
                      : List.of())));
    }
    steps.add(finished(most == pieces.length ? FinishReason.STOP : FinishReason.LENGTH, most));
    return steps;
  }

  /** Says {@code tokens} pieces of one word. */
  static List<Step> sayMany(SessionRequest request, int tokens) {
    return say(
        request, IntStream.range(0, tokens).mapToObj(i -> " word" + i).toArray(String[]::new));
  }

  static Step admitted() {
    return new Step.Emit(new Admitted(PROMPT_TOKENS, CACHED_TOKENS));
  }

  static Step piece(String text) {
    return new Step.Emit(new Generated(text, new int[1], List.of()));
  }

  static Step finished(FinishReason reason, int tokens) {
    return new Step.Emit(
        new Finished(
            reason,
            new SessionUsage(PROMPT_TOKENS, CACHED_TOKENS, tokens, 100, 2_000, 1_000L * tokens)));
  }

  private static TokenLogprob logprob(String text, int top) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    List<TokenLogprob.Candidate> rivals = new ArrayList<>();
    for (int i = 0; i < top; i++) {
      rivals.add(
          new TokenLogprob.Candidate(
              i, i == 0 ? bytes : ("#" + i).getBytes(StandardCharsets.UTF_8), -0.5f - i));
    }
    return new TokenLogprob(new TokenLogprob.Candidate(0, bytes, -0.5f), rivals);
  }
}
