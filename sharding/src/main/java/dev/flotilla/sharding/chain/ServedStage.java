package dev.flotilla.sharding.chain;

import dev.flotilla.engine.Batch;
import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.Stage;
import dev.flotilla.engine.StageChain.RowChoice;
import dev.flotilla.engine.StageFacts;
import dev.flotilla.engine.StageOperations;
import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.engine.metering.ChainMeter;
import dev.flotilla.engine.metering.StageSpan;
import dev.flotilla.sharding.link.LinkFrame;
import dev.flotilla.sharding.link.LinkFrame.Close;
import dev.flotilla.sharding.link.LinkFrame.Computed;
import dev.flotilla.sharding.link.LinkFrame.Failed;
import dev.flotilla.sharding.link.LinkFrame.Goodbye;
import dev.flotilla.sharding.link.LinkFrame.Heartbeat;
import dev.flotilla.sharding.link.LinkFrame.Hello;
import dev.flotilla.sharding.link.LinkFrame.Open;
import dev.flotilla.sharding.link.LinkFrame.Opened;
import dev.flotilla.sharding.link.LinkFrame.Rewind;
import dev.flotilla.sharding.link.LinkFrame.Run;
import dev.flotilla.sharding.link.LinkFrame.Shift;
import dev.flotilla.sharding.link.LinkFrame.StageState;
import dev.flotilla.sharding.link.LinkFrame.Welcome;
import java.util.List;
import java.util.Optional;

/**
 * A stage that does what a chain asks of it, whichever chain: an operation comes in, and what is to
 * be passed on comes out. Owns the stage. Confined to the compute thread, but for {@link #figures}.
 */
final class ServedStage {
  private final Stage stage;
  private final StageFacts facts;
  private final ChainShape shape;
  private final StageOperations operations;
  private final ChainMeter meter;

  /**
   * Where an operation is done.
   *
   * @param stage the place of the stage in the chain
   * @param arrivedNanos when the operation came
   * @param onwardNanos the round trip to the next stage; 0 if there is none
   */
  record Circumstances(int stage, long arrivedNanos, long onwardNanos) {}

  ServedStage(Stage stage, ChainShape shape) {
    this.stage = stage;
    this.facts = stage.facts();
    this.shape = shape;
    this.operations = new StageOperations(stage);
    this.meter =
        new ChainMeter(List.of(facts.layers()), facts.modelLayers(), shape.rowBytes(facts));
  }

  StageFacts facts() {
    return facts;
  }

  ChainShape shape() {
    return shape;
  }

  /** The stage as it is now. */
  StageState state() {
    return new StageState(
        facts.layers(),
        facts.modelLayers(),
        facts.contextTokens(),
        stage.canShift(),
        operations.lengths());
  }

  /** What the stage has done, and what that took; any thread. */
  ChainFigures figures() {
    return meter.figures();
  }

  /**
   * Does an operation.
   *
   * @return what to pass on: to the next stage, or from the last to the first; nothing where the
   *     operation ends here
   * @throws EngineException if the chain can't go on
   */
  Optional<LinkFrame> perform(LinkFrame frame, Circumstances circumstances) {
    return switch (frame) {
      case Open open -> Optional.of(open(open));
      case Run run -> run(run, circumstances);
      case Rewind(int slot, int length, int emptyThrough) -> {
        int keep = circumstances.stage() <= emptyThrough ? 0 : length;
        if (!operations.truncate(slot, keep)) {
          throw new EngineException(
              EngineFailure.ENGINE_LOST, "slot %d can't be cut to %d".formatted(slot, keep));
        }
        yield unlessLast(frame);
      }
      case Shift(int slot, int from, int to) -> {
        operations.shift(slot, from, to);
        yield unlessLast(frame);
      }
      case Close(int slot) -> {
        operations.close(slot);
        yield unlessLast(frame);
      }
      case Opened _, Failed _ -> Optional.of(frame);
      case Hello _, Welcome _, Computed _, Heartbeat _, Goodbye _ ->
          throw new EngineException(EngineFailure.INTERNAL, "unexpected frame " + frame);
    };
  }

  private Optional<LinkFrame> unlessLast(LinkFrame operation) {
    return facts.last() ? Optional.empty() : Optional.of(operation);
  }

  private LinkFrame open(Open open) {
    try {
      int kept = operations.open(open.slot(), open.keep(), open.opening()) ? open.keep() : 0;
      return facts.last()
          ? new Opened(open.slot(), kept, Optional.empty())
          : new Open(open.slot(), kept, open.opening());
    } catch (EngineException e) {
      return new Opened(open.slot(), 0, Optional.of(e));
    }
  }

  private Optional<LinkFrame> run(Run run, Circumstances circumstances) {
    long beganNanos = System.nanoTime();
    boolean computed;
    try {
      computed = operations.run(run.batch());
    } catch (EngineException e) {
      if (run.replay()) {
        throw e;
      }
      return Optional.of(new Failed(e));
    }
    if (!computed) {
      return Optional.empty(); // Aborted: another chain takes over.
    }
    List<RowChoice> choices = facts.last() ? operations.choose(run.batch()) : List.of();
    Run done = run.after(span(run, circumstances, beganNanos));
    if (facts.last()) {
      return run.replay() ? Optional.empty() : Optional.of(new Computed(choices, done.spans()));
    }
    return circumstances.stage() < run.through() ? Optional.of(done) : Optional.empty();
  }

  private StageSpan span(Run run, Circumstances circumstances, long beganNanos) {
    long waitNanos = beganNanos - circumstances.arrivedNanos();
    long computeNanos = System.nanoTime() - beganNanos;
    StageSpan span = new StageSpan(waitNanos, computeNanos, circumstances.onwardNanos());
    if (!run.replay()) {
      Batch batch = run.batch();
      meter.computed(batch.size(), batch.generates(), waitNanos + computeNanos, List.of(span));
    }
    return span;
  }

  void close() {
    operations.closeAll();
    stage.close();
  }
}
