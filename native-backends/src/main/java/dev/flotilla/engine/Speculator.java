package dev.flotilla.engine;

import dev.flotilla.engine.Step.Output;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Drafts tokens ahead of what is chosen, for all stages to compute in one trip. Confined to the
 * compute thread.
 */
final class Speculator {
  private static final int[] NONE = {};

  private final StageChain chain;
  private final boolean enabled;
  private StepCost cost = StepCost.UNKNOWN;

  /**
   * A speculator of a chain. One stage is never worth it: it has no trips to save.
   *
   * @param wanted whether to draft at all
   */
  Speculator(StageChain chain, boolean wanted) {
    this.chain = chain;
    this.enabled = wanted && chain.stages() > 1 && chain.canTrim();
  }

  /**
   * What to send of each of some sequences, in a step of their own.
   *
   * @param sessions that generate, in this step or others
   * @param rows of the step at most
   */
  List<Output> draft(List<Sequence> sequences, int sessions, int rows) {
    int room = Math.min(Batch.MOST_DRAFTS, rows - sequences.size());
    List<Output> outputs = new ArrayList<>();
    for (Sequence sequence : sequences) {
      int[] draft = draft(sequence, sessions, room);
      room -= draft.length;
      outputs.add(new Output(sequence, draft));
    }
    return outputs;
  }

  private int[] draft(Sequence sequence, int sessions, int room) {
    int most = enabled ? Math.min(room, sequence.draftRoom(chain.facts().contextTokens())) : 0;
    if (most <= 0) {
      return NONE;
    }
    int[] draft = sequence.draft(most, chain.vocabulary());
    if (draft.length == 0) {
      return NONE;
    }
    int length = sequence.drafts().length(cost, sessions, draft.length);
    if (length == 0) {
      sequence.draftPassed();
    }
    return Arrays.copyOf(draft, length);
  }

  /** Takes note of a step of generation, as {@link StepCost#took}. */
  void took(int drafts, long nanos) {
    cost = cost.took(drafts, nanos);
  }
}
