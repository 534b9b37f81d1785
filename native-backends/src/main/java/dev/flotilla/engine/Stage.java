package dev.flotilla.engine;

import java.util.List;

/**
 * A contiguous layer range of one model, loaded in this process, with a KV cache of {@link
 * StageFacts#slots} sequences.
 *
 * <p>Confined to one compute thread, but for {@link #abort} and {@link #vocabulary}. Every failure
 * is an {@link EngineException}.
 */
public interface Stage extends AutoCloseable {

  /** What was loaded. */
  StageFacts facts();

  /** The model's tokens, which a stage between the first and the last has not; any thread. */
  Vocabulary vocabulary();

  /**
   * Evaluates a batch and adds it to the KV cache of its slots. Blocks until it is computed.
   *
   * <p>The first stage reads the batch's tokens, every other its {@link Batch#hidden} states, of
   * {@link StageFacts#embeddingWidth} floats. The last has logits for the rows marked as output,
   * valid until the next call; every other leaves the hidden states of all rows in the batch.
   *
   * <p>Rows come in the order of their slots: a stage may compute any other batch in many parts.
   *
   * @return whether it was computed; false if {@link #abort} stopped it, and then the caches are as
   *     before
   */
  boolean run(Batch batch);

  /**
   * Stops a {@link #run} in progress at the next chance; any thread. Without one it does nothing.
   */
  void abort();

  /**
   * Drops a slot's positions from {@code length} on.
   *
   * @return whether the first {@code length} positions are still usable; false if the model's
   *     memory can't be cut there, and then the slot is empty
   */
  boolean truncate(int slot, int length);

  /**
   * Whether a slot's last positions can be dropped, whatever came before them: a cache that forgets
   * as it goes can't.
   */
  boolean canTrim();

  /** Whether positions can be moved, which a context shift needs. */
  boolean canShift();

  /**
   * Drops the positions {@code [from, to)} of a slot and moves the later ones down to close the
   * gap.
   *
   * @throws EngineException if the memory {@link #canShift can't be shifted}
   */
  void shift(int slot, int from, int to);

  /**
   * A sampler for one session. The caller closes it, before the stage.
   *
   * @throws EngineException if the options do not fit the model: a grammar that does not parse, a
   *     token id outside the vocabulary; or if the stage isn't the last
   */
  Sampler sampler(SamplingOptions options);

  /**
   * Embeddings of some token sequences, each of Euclidean length 1, in order. Blocks; leaves the
   * slots of sessions alone.
   */
  List<float[]> embed(List<int[]> sequences);

  /** Frees everything native; nothing may be called afterwards. */
  @Override
  void close();
}
