package dev.flotilla.sharding.chain;

import dev.flotilla.engine.Batch;
import dev.flotilla.engine.Sampler;
import dev.flotilla.engine.SamplingOptions;
import dev.flotilla.engine.Stage;
import dev.flotilla.engine.StageFacts;
import dev.flotilla.engine.Vocabulary;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;

/** A stage that tells of each batch before it is done with it, and may choose otherwise. */
record WatchedStage(
    Stage stage, BiConsumer<StageFacts, Batch> watcher, UnaryOperator<Sampler> samplers)
    implements Stage {
  WatchedStage(Stage stage, BiConsumer<StageFacts, Batch> watcher) {
    this(stage, watcher, UnaryOperator.identity());
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
  public boolean run(Batch batch) {
    boolean computed = stage.run(batch);
    watcher.accept(facts(), batch);
    return computed;
  }

  @Override
  public void abort() {
    stage.abort();
  }

  @Override
  public boolean truncate(int slot, int length) {
    return stage.truncate(slot, length);
  }

  @Override
  public boolean canTrim() {
    return stage.canTrim();
  }

  @Override
  public boolean canShift() {
    return stage.canShift();
  }

  @Override
  public void shift(int slot, int from, int to) {
    stage.shift(slot, from, to);
  }

  @Override
  public Sampler sampler(SamplingOptions options) {
    return samplers.apply(stage.sampler(options));
  }

  @Override
  public List<float[]> embed(List<int[]> sequences) {
    return stage.embed(sequences);
  }

  @Override
  public void close() {
    stage.close();
  }
}
