package dev.flotilla.engine;

import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.engine.metering.ChainMeter;
import dev.flotilla.engine.metering.StageSpan;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;

/** A whole model in one stage of this process. Owns the stage. */
public final class LocalChain implements StageChain {
  private final Stage stage;
  private final StageOperations operations;
  private final ChainMeter meter;
  private final Queue<Outcome> outcomes = new ArrayDeque<>();

  /**
   * A chain of one stage.
   *
   * @throws EngineException if it isn't a whole model
   */
  public LocalChain(Stage stage) {
    if (!stage.facts().first() || !stage.facts().last()) {
      throw new EngineException(
          EngineFailure.MODEL_UNUSABLE,
          "layers %s of %d are no whole model"
              .formatted(stage.facts().layers(), stage.facts().modelLayers()));
    }
    this.stage = stage;
    this.operations = new StageOperations(stage);
    this.meter = new ChainMeter(List.of(stage.facts().layers()), stage.facts().modelLayers(), 0);
  }

  @Override
  public StageFacts facts() {
    return stage.facts();
  }

  @Override
  public Vocabulary vocabulary() {
    return stage.vocabulary();
  }

  @Override
  public int stages() {
    return 1;
  }

  @Override
  public boolean canShift() {
    return stage.canShift();
  }

  @Override
  public boolean canTrim() {
    return stage.canTrim();
  }

  @Override
  public void open(int slot, int keep, SlotOpening opening) {
    try {
      int kept = operations.open(slot, keep, opening) ? keep : 0;
      outcomes.add(new Outcome.Opened(slot, kept, Optional.empty()));
    } catch (EngineException e) {
      outcomes.add(new Outcome.Opened(slot, 0, Optional.of(e)));
    }
  }

  @Override
  public boolean run(Batch batch) {
    long beganNanos = System.nanoTime();
    try {
      if (!operations.run(batch)) {
        return false;
      }
      outcomes.add(new Outcome.Computed(operations.choose(batch)));
      long nanos = System.nanoTime() - beganNanos;
      meter.computed(batch.size(), batch.generates(), nanos, List.of(new StageSpan(0, nanos, 0)));
    } catch (EngineException e) {
      outcomes.add(new Outcome.Failed(e));
    }
    return true;
  }

  @Override
  public void shift(int slot, int from, int to) {
    operations.shift(slot, from, to);
  }

  @Override
  public void trim(int slot, int length) {
    operations.truncate(slot, length);
  }

  @Override
  public void close(int slot) {
    operations.close(slot);
  }

  @Override
  public void abort() {
    stage.abort();
  }

  @Override
  public Optional<Outcome> poll() {
    return Optional.ofNullable(outcomes.poll());
  }

  @Override
  public void onArrival(Runnable wake) {}

  @Override
  public List<float[]> embed(List<int[]> sequences) {
    return stage.embed(sequences);
  }

  @Override
  public ChainFigures figures() {
    return meter.figures();
  }

  @Override
  public void close() {
    operations.closeAll();
    stage.close();
  }
}
