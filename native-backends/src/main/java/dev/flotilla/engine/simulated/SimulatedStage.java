package dev.flotilla.engine.simulated;

import dev.flotilla.engine.Batch;
import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.PositionalRandom;
import dev.flotilla.engine.Sampler;
import dev.flotilla.engine.SamplingOptions;
import dev.flotilla.engine.Stage;
import dev.flotilla.engine.StageFacts;
import dev.flotilla.engine.Vocabulary;
import dev.flotilla.gguf.LayerRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * A stage whose answers are a function of (tokens of the sequence, seed), whatever the batch: the
 * property that real engines have when shapes are fixed. It keeps its slots as strictly as a KV
 * cache, so that a scheduler's slips show: a row at the wrong position is an error.
 */
public final class SimulatedStage implements Stage {
  private static final int EMBEDDING_WIDTH = 16;

  private final StageFacts facts;
  private final SimulatedSpeed speed;
  private final SimulatedVocabulary vocabulary = new SimulatedVocabulary();

  /** Per slot and layer, the hash of the sequence up to and including each position. */
  private final List<List<List<Long>>> slots = new ArrayList<>();

  private final List<Long> outputs = new ArrayList<>();
  private volatile boolean aborted;

  /** A whole model of one layer, of {@code slots} sequences of {@code contextTokens} positions. */
  public SimulatedStage(int slots, int contextTokens, SimulatedSpeed speed) {
    this(slots, contextTokens, speed, LayerRange.all(1), 1);
  }

  /** Some layers of a model of {@code modelLayers}. */
  public SimulatedStage(
      int slots, int contextTokens, SimulatedSpeed speed, LayerRange layers, int modelLayers) {
    this.speed = speed;
    this.facts =
        new StageFacts(
            "simulated",
            layers,
            modelLayers,
            slots,
            contextTokens,
            contextTokens,
            vocabulary.size(),
            EMBEDDING_WIDTH,
            0,
            0,
            "simulation",
            true);
    for (int slot = 0; slot < slots; slot++) {
      List<List<Long>> perLayer = new ArrayList<>();
      for (int layer = 0; layer < layers.size(); layer++) {
        perLayer.add(new ArrayList<>());
      }
      this.slots.add(perLayer);
    }
  }

  @Override
  public StageFacts facts() {
    return facts;
  }

  @Override
  public Vocabulary vocabulary() {
    return vocabulary;
  }

  @Override
  public boolean run(Batch batch) {
    aborted = false;
    int outputRows = 0;
    for (int row = 0; row < batch.size(); row++) {
      requireSlotOrder(batch, row);
      outputRows += batch.output(row) ? 1 : 0;
    }
    if (!elapse(speed.stepNanos(batch.size() - outputRows, outputRows))) {
      return false;
    }
    outputs.clear();
    for (int row = 0; row < batch.size(); row++) {
      outputs.add(evaluate(batch, row));
    }
    return true;
  }

  private static void requireSlotOrder(Batch batch, int row) {
    if (row > 0 && batch.slot(row) < batch.slot(row - 1)) {
      throw new EngineException(
          EngineFailure.INTERNAL,
          "row of slot %d after one of slot %d".formatted(batch.slot(row), batch.slot(row - 1)));
    }
  }

  private long evaluate(Batch batch, int row) {
    List<List<Long>> perLayer = slots.get(batch.slot(row));
    List<Long> hashes = perLayer.getFirst();
    if (batch.position(row) != hashes.size()) {
      throw new EngineException(
          EngineFailure.INTERNAL,
          "row at position %d of slot %d, which holds %d"
              .formatted(batch.position(row), batch.slot(row), hashes.size()));
    }
    if (hashes.size() >= facts.contextTokens()) {
      throw new EngineException(
          EngineFailure.INTERNAL, "slot " + batch.slot(row) + " is over its context");
    }
    long state = facts.first() ? 0 : HiddenHash.read(batch, row, EMBEDDING_WIDTH);
    for (int i = 0; i < perLayer.size(); i++) {
      int layer = facts.layers().from() + i;
      List<Long> layerHashes = perLayer.get(i);
      long previous = layerHashes.isEmpty() ? 0 : layerHashes.getLast();
      state = PositionalRandom.bits(previous ^ state, layer == 0 ? batch.token(row) : layer);
      layerHashes.add(state);
    }
    if (!facts.last()) {
      HiddenHash.write(state, batch, row, EMBEDDING_WIDTH);
    }
    return state;
  }

  /** Waits as long as the work would take; false if it was aborted. */
  private boolean elapse(long nanos) {
    long deadline = System.nanoTime() + nanos;
    while (System.nanoTime() < deadline) {
      if (aborted) {
        return false;
      }
      LockSupport.parkNanos(Math.min(deadline - System.nanoTime(), 1_000_000));
    }
    return true;
  }

  @Override
  public void abort() {
    aborted = true;
  }

  @Override
  public boolean truncate(int slot, int length) {
    for (List<Long> hashes : slots.get(slot)) {
      if (length < hashes.size()) {
        hashes.subList(length, hashes.size()).clear();
      }
    }
    return true;
  }

  @Override
  public boolean canTrim() {
    return true;
  }

  @Override
  public boolean canShift() {
    return true;
  }

  @Override
  public void shift(int slot, int from, int to) {
    slots.get(slot).forEach(hashes -> hashes.subList(from, to).clear());
  }

  @Override
  public Sampler sampler(SamplingOptions options) {
    return new SimulatedSampler(options);
  }

  @Override
  public List<float[]> embed(List<int[]> sequences) {
    List<float[]> vectors = new ArrayList<>();
    for (int[] tokens : sequences) {
      long hash = 0;
      for (int token : tokens) {
        hash = PositionalRandom.bits(hash, token);
      }
      float[] vector = new float[EMBEDDING_WIDTH];
      double squares = 0;
      for (int i = 0; i < vector.length; i++) {
        vector[i] = (float) (PositionalRandom.unit(hash, i) - 0.5);
        squares += vector[i] * vector[i];
      }
      for (int i = 0; i < vector.length; i++) {
        vector[i] /= (float) Math.sqrt(squares);
      }
      vectors.add(vector);
    }
    return vectors;
  }

  @Override
  public void close() {}

  /**
   * Chooses a word by the sequence's hash, and by (seed, position) where there is a temperature.
   */
  private final class SimulatedSampler implements Sampler {
    private final SamplingOptions options;

    SimulatedSampler(SamplingOptions options) {
      this.options = options;
    }

    @Override
    public void observe(int token) {}

    @Override
    public void replay(int row, int position, int token) {}

    @Override
    public Choice choose(int row, int position) {
      long random = outputs.get(row);
      if (options.temperature() > 0) {
        random ^= PositionalRandom.bits(options.seed(), position);
      }
      return new Choice(SimulatedVocabulary.word(random), Optional.empty());
    }

    @Override
    public void close() {}
  }
}
