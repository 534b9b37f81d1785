package dev.flotilla.engine;

import dev.flotilla.engine.StepPlanner.Plan.Decode;
import dev.flotilla.engine.StepPlanner.Plan.Idle;
import dev.flotilla.engine.StepPlanner.Plan.Prefill;
import dev.flotilla.engine.StepPlanner.Plan.Wait;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Decides what the next step computes: the next token of sessions that generate, or a slice of
 * prompts, which share the time as {@link PrefillShare} says. Deterministic sessions are computed
 * by themselves, each in its turn; all others together.
 *
 * <p>Confined to the compute thread.
 */
final class StepPlanner {
  /**
   * Prompt tokens per step of a deterministic session: fixed, so that every run has the same
   * shapes.
   */
  private static final int DETERMINISTIC_SLICE = 32;

  /** Rows computed at once; slices beyond it only delay other work. */
  private static final int MAX_SLICE = 512;

  /**
   * How long replays have all steps. Few notice that their answer pauses for so long, and a step
   * that nobody is told of costs much less than one whose token goes all the way to a reader.
   */
  private static final long HASTE_NANOS = 750_000_000;

  private static final Comparator<Sequence> BY_SLOT =
      Comparator.comparingInt(sequence -> sequence.slot().index());

  private final int stages;
  private final PrefillShare share;
  private int turn;

  /** The session that was replayed in the last step, if one was. */
  private Optional<Sequence> replayed = Optional.empty();

  /** What steps took since sessions began to be replayed. */
  private long replayingNanos;

  /** The slot whose prompt was read last; -1 before any. */
  private int lastReader = -1;

  /** What a step computes. */
  sealed interface Plan {
    /**
     * The next tokens of prompts.
     *
     * @param counts how many of each sequence's, at least one in all
     * @param contended whether prompts and generation compete for the time
     */
    record Prefill(List<Sequence> sequences, int[] counts, boolean contended) implements Plan {}

    /**
     * One token of each sequence.
     *
     * @param contended whether prompts and generation compete for the time
     */
    record Decode(List<Sequence> sequences, boolean contended) implements Plan {}

    /** Nothing before a step in flight has come back. */
    record Wait() implements Plan {}

    /** Nothing: no sequence has a row to compute. */
    record Idle() implements Plan {}
  }

  /**
   * A planner for a pipeline.
   *
   * @param stages of the pipeline
   * @param batchTokens the most rows of a step
   */
  StepPlanner(int stages, int batchTokens) {
    this.stages = stages;
    this.share = new PrefillShare(Math.min(MAX_SLICE, batchTokens));
  }

  /**
   * The next step. Sessions that are replayed token by token, one after another, have all steps for
   * a moment and every other one after that: their readers have seen nothing since another engine
   * was lost. One that is done has its next token at once, so that its reader hears of it.
   *
   * @param running all sessions that hold a slot
   * @param sliceInFlight whether a step that reads prompts has not come back yet
   */
  Plan next(List<Sequence> running, boolean sliceInFlight) {
    List<Sequence> together = new ArrayList<>(running.size());
    List<Sequence> alone = new ArrayList<>(0);
    for (Sequence sequence : running) {
      if (sequence.runnable()) {
        (sequence.deterministic() ? alone : together).add(sequence);
      }
    }
    int turns = alone.size() + (together.isEmpty() ? 0 : 1);
    if (turns == 0) {
      return new Idle();
    }
    Optional<Sequence> replaying = alone.stream().filter(Sequence::replays).findFirst();
    if (replaying.isEmpty()) {
      replayingNanos = 0;
    }
    Optional<Sequence> done = replayed.filter(last -> !last.replays() && alone.contains(last));
    boolean hasty = replayingNanos < HASTE_NANOS || replayed.isEmpty();
    replayed = done.isEmpty() && hasty ? replaying : Optional.empty();
    Optional<Sequence> next = done.or(() -> replayed);
    if (next.isPresent()) {
      return alone(next.get());
    }
    turn = (turn + 1) % turns;
    if (turn < alone.size()) {
      return alone(alone.get(turn));
    }
    int generating = (int) running.stream().filter(StepPlanner::sharesSteps).count();
    return together(together, generating, sliceInFlight);
  }

  private static boolean sharesSteps(Sequence sequence) {
    return sequence.generates() && !sequence.deterministic();
  }

  private static Plan alone(Sequence sequence) {
    int left = sequence.promptLeft();
    return left > 0
        ? new Prefill(List.of(sequence), new int[] {Math.min(left, DETERMINISTIC_SLICE)}, false)
        : new Decode(List.of(sequence), false);
  }

  private Plan together(List<Sequence> sequences, int generating, boolean sliceInFlight) {
    // A stage computes sequences of one batch in one pass only if they lie in consecutive slots.
    sequences.sort(BY_SLOT);
    List<Sequence> reading = sequences.stream().filter(each -> each.promptLeft() > 0).toList();
    List<Sequence> ready = sequences.stream().filter(Sequence::canDecode).toList();
    if (reading.isEmpty()) {
      return new Decode(group(ready, generating), false);
    }
    boolean contended = generating > 0;
    if (!contended || !sliceInFlight) {
      int budget = share.tokens(contended);
      if (budget > 0) {
        return slice(reading, budget, contended);
      }
      List<Sequence> brief = reading.stream().filter(StepPlanner::isShort).toList();
      int lent = share.lent(brief.stream().mapToInt(Sequence::promptLeft).sum());
      if (lent > 0) {
        return slice(brief, lent, true);
      }
    }
    return ready.isEmpty() ? new Wait() : new Decode(group(ready, generating), true);
  }

  private static boolean isShort(Sequence sequence) {
    return sequence.promptLeft() <= PrefillShare.SHORT_PROMPT_TOKENS;
  }

  /**
   * The next tokens of prompts: of all, or of as many as a small budget is enough for, in turn.
   * Their turn follows their slots, so that neighbours, who share a pass, soon generate together.
   */
  private Plan slice(List<Sequence> reading, int budget, boolean contended) {
    int rows = Math.min(budget, mostRows(reading));
    List<Sequence> readers = new ArrayList<>(reading);
    int passed = (int) reading.stream().filter(each -> each.slot().index() <= lastReader).count();
    Collections.rotate(readers, -passed);
    readers = readers.subList(0, fitting(readers, rows));
    lastReader = readers.getLast().slot().index();
    readers.sort(BY_SLOT);
    int[] remaining = readers.stream().mapToInt(Sequence::promptLeft).toArray();
    return new Prefill(readers, PrefillShare.divide(rows, remaining), contended);
  }

  /** How many of the prompts a budget is enough for: for all that a short one needs. */
  private static int fitting(List<Sequence> readers, int budget) {
    int left = budget;
    int count = 0;
    for (Sequence reader : readers) {
      left -= Math.min(reader.promptLeft(), PrefillShare.MIN_TOKENS);
      if (left < 0) {
        break;
      }
      count++;
    }
    return Math.max(1, count);
  }

  /** Of a slice, so that every stage has one soon. */
  private int mostRows(List<Sequence> reading) {
    return stages == 1
        ? MAX_SLICE
        : PipelinedSlice.rows(reading.stream().mapToInt(Sequence::promptRows).sum(), stages);
  }

  /** Those that go in one step, so that every stage has a step of its own. */
  private List<Sequence> group(List<Sequence> ready, int generating) {
    int size = Math.ceilDiv(generating, stages);
    return ready.subList(0, Math.min(ready.size(), size));
  }

  /** Takes note of what a step took. */
  void took(Step step, long nanos) {
    replayingNanos += nanos;
    if (step.promptTokens() > 0) {
      share.prefilled(step.promptTokens(), nanos, step.contended());
    } else if (step.drafts() == 0) {
      share.decoded(step.outputs().size(), nanos, step.contended());
    }
  }
}
