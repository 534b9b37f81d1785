package dev.flotilla.engine;

import dev.flotilla.engine.metering.ChainFigures;
import java.util.List;
import java.util.Optional;

/**
 * All stages of a model, seen from the first: operations go in there and pass through every stage
 * in order; what becomes of them comes back from the last. A whole model in one stage is a chain of
 * length one.
 *
 * <p>Confined to one compute thread, but for {@link #abort}, {@link #vocabulary}, {@link #figures}
 * and {@link #onArrival}. Operations take effect in the order of their calls, in every stage.
 */
public interface StageChain extends AutoCloseable {

  /** The model: all layers, the slots and context that every stage has, the vocabulary. */
  StageFacts facts();

  /** The model's tokens; any thread. */
  Vocabulary vocabulary();

  /** How many stages there are: with as many batches in flight, each has one to compute. */
  int stages();

  /** Whether all stages can move positions, which a context shift needs. */
  boolean canShift();

  /** Whether all stages can drop the last positions of a slot, whatever came before. */
  boolean canTrim();

  /**
   * Gives a slot to a session. Answered by {@link Outcome.Opened}.
   *
   * @param keep positions of the slot that the session goes on from; the others are dropped
   */
  void open(int slot, int keep, SlotOpening opening);

  /**
   * Computes a batch, which is the caller's again when this returns. Blocks while the first stage
   * computes. Answered by {@link Outcome.Computed} or {@link Outcome.Failed}, unless aborted.
   *
   * @return false if {@link #abort} stopped it in the first stage; then it was never computed
   */
  boolean run(Batch batch);

  /** Drops the positions {@code [from, to)} of a slot and moves the later ones down. */
  void shift(int slot, int from, int to);

  /** Drops a slot's positions from {@code length} on, where it {@link #canTrim can}. */
  void trim(int slot, int length);

  /** Takes a slot from its session; its positions stay. */
  void close(int slot);

  /** Stops a {@link #run} in progress at the next chance; any thread. */
  void abort();

  /** What has arrived and was not asked for yet: answers of one kind in the order of the calls. */
  Optional<Outcome> poll();

  /**
   * Sets what to call when {@link #poll} has something new that arrived while no call was in
   * progress; on any thread.
   */
  void onArrival(Runnable wake);

  /** As {@link Stage#embed}. */
  List<float[]> embed(List<int[]> sequences);

  /** What the stages have done, and what that took; any thread. */
  ChainFigures figures();

  /** Frees everything; nothing may be called afterwards. */
  @Override
  void close();

  /** What became of an operation. */
  sealed interface Outcome {

    /**
     * A slot was given to a session, or refused.
     *
     * @param kept positions that all stages still hold: as many as asked for, or none
     * @param refusal why the session can't be had, if so
     */
    record Opened(int slot, int kept, Optional<EngineException> refusal) implements Outcome {}

    /** A batch was computed: one choice for each output row, in order. */
    record Computed(List<RowChoice> choices) implements Outcome {
      public Computed {
        choices = List.copyOf(choices);
      }
    }

    /** A batch can't be computed; its slots are empty. */
    record Failed(EngineException failure) implements Outcome {}
  }

  /**
   * What was chosen from an output row.
   *
   * @param choice the token; {@link Sampler.Choice#NONE} for a failed or replayed row, {@link
   *     Sampler.Choice#SKIPPED} for one that came after a wrong guess
   * @param failure why none could be chosen, if so
   */
  record RowChoice(Sampler.Choice choice, Optional<EngineException> failure) {
    private static final Sampler.Choice NOTHING =
        new Sampler.Choice(Sampler.Choice.NONE, Optional.empty());

    private static final RowChoice SKIPPED =
        of(new Sampler.Choice(Sampler.Choice.SKIPPED, Optional.empty()));

    /** Nothing is chosen from the row: its token is not the one that was chosen before it. */
    public static RowChoice skipped() {
      return SKIPPED;
    }

    /** Whether nothing is chosen from the row. */
    public boolean isSkipped() {
      return choice.token() == Sampler.Choice.SKIPPED;
    }

    static RowChoice of(Sampler.Choice choice) {
      return new RowChoice(choice, Optional.empty());
    }

    static RowChoice failed(EngineException failure) {
      return new RowChoice(NOTHING, Optional.of(failure));
    }

    static RowChoice replayed() {
      return of(NOTHING);
    }
  }
}
