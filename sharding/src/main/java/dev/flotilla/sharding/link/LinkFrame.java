package dev.flotilla.sharding.link;

import dev.flotilla.engine.Batch;
import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.SlotOpening;
import dev.flotilla.engine.StageChain.RowChoice;
import dev.flotilla.engine.metering.StageSpan;
import dev.flotilla.gguf.LayerRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What stages say to each other. {@link Hello} and {@link Welcome} set up a link. Then operations
 * go from each stage to the next, in order, and answers from the last stage to the first.
 */
public sealed interface LinkFrame {

  /** Which way a link is used. */
  enum Purpose {
    /** Operations, from a stage to the next. */
    OPERATIONS,
    /** Answers, from the last stage to the first; opened by the first. */
    ANSWERS
  }

  /**
   * What a link carries, said by the stage that opens it.
   *
   * @param build of the stage that speaks
   * @param model a digest of the whole model
   * @param chain a number that all links of one chain share
   * @param stage the place in the chain of the stage spoken to
   * @param layer the first layer expected there
   * @param width floats of a hidden state
   * @param onward the stages after the one spoken to
   */
  record Hello(
      Build build,
      String model,
      long chain,
      Purpose purpose,
      int stage,
      int layer,
      int width,
      ActivationType activations,
      List<StageAddress> onward)
      implements LinkFrame {
    public Hello {
      onward = List.copyOf(onward);
    }
  }

  /**
   * What speaks; links are between equals only.
   *
   * @param flotilla version of Flotilla
   * @param natives release of the native libraries
   */
  record Build(String flotilla, String natives) {}

  /** The answer to {@link Hello}: the stage spoken to and all stages after it. */
  record Welcome(List<StageState> stages) implements LinkFrame {
    public Welcome {
      stages = List.copyOf(stages);
    }
  }

  /**
   * A stage as it joins a chain.
   *
   * @param layers its layers
   * @param modelLayers layers of the whole model
   * @param contextTokens positions of a slot
   * @param canShift whether it can move positions
   * @param lengths positions that each slot holds; not copied, must not be changed
   */
  record StageState(
      LayerRange layers, int modelLayers, int contextTokens, boolean canShift, int[] lengths) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof StageState that
          && layers.equals(that.layers)
          && modelLayers == that.modelLayers
          && contextTokens == that.contextTokens
          && canShift == that.canShift
          && Arrays.equals(lengths, that.lengths);
    }

    @Override
    public int hashCode() {
      return 31 * layers.hashCode() + Arrays.hashCode(lengths);
    }

    @Override
    public String toString() {
      return "StageState[" + layers + " of " + modelLayers + "]";
    }
  }

  /** Give a slot to a session. Answered by {@link Opened}. */
  record Open(int slot, int keep, SlotOpening opening) implements LinkFrame {}

  /**
   * Compute a batch. Answered by {@link Computed} or {@link Failed}, unless it is a replay.
   *
   * @param through the last stage that computes it
   * @param replay whether it only restores what was computed before
   * @param batch the receiver's, with the hidden states of its rows
   * @param spans what it took in each of the stages so far, in order
   */
  record Run(int through, boolean replay, Batch batch, List<StageSpan> spans) implements LinkFrame {
    public Run {
      spans = List.copyOf(spans);
    }

    /** Before any stage has computed it. */
    public Run(int through, boolean replay, Batch batch) {
      this(through, replay, batch, List.of());
    }

    /** The same, computed by one more stage. */
    public Run after(StageSpan span) {
      List<StageSpan> more = new ArrayList<>(spans);
      more.add(span);
      return new Run(through, replay, batch, more);
    }
  }

  /** Drop a slot's positions from {@code length} on; through a stage, all of them. */
  record Rewind(int slot, int length, int emptyThrough) implements LinkFrame {}

  /** Drop the positions {@code [from, to)} of a slot and move the later ones down. */
  record Shift(int slot, int from, int to) implements LinkFrame {}

  /** Take a slot from its session. */
  record Close(int slot) implements LinkFrame {}

  /** A slot was given to a session, or refused. Goes on to the last stage, and from it back. */
  record Opened(int slot, int kept, Optional<EngineException> refusal) implements LinkFrame {}

  /**
   * A batch was computed.
   *
   * @param choices of its output rows
   * @param spans what it took in each stage, in order
   */
  record Computed(List<RowChoice> choices, List<StageSpan> spans) implements LinkFrame {
    public Computed {
      choices = List.copyOf(choices);
      spans = List.copyOf(spans);
    }
  }

  /** A batch can't be computed. Goes on to the last stage, and from it back. */
  record Failed(EngineException failure) implements LinkFrame {}

  /**
   * A sign of life. It gives back the last one that was heard, so that its sender knows how long a
   * round trip takes. Clocks are only read by their owners.
   *
   * @param sentNanos the sender's clock
   * @param echoNanos the receiver's clock, as its last sign of life said; 0 if there was none
   * @param heldNanos for how long the sender has had that
   */
  record Heartbeat(long sentNanos, long echoNanos, long heldNanos) implements LinkFrame {}

  /**
   * The link is closed, and why.
   *
   * @param stage the stage that is to blame
   */
  record Goodbye(int stage, EngineException reason) implements LinkFrame {}
}
