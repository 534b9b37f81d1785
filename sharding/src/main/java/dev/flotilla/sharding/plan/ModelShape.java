package dev.flotilla.sharding.plan;

import dev.flotilla.gguf.GgufException;
import dev.flotilla.gguf.GgufModel;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.gguf.LayerSlicer;
import dev.flotilla.gguf.ModelFacts;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * What placing a model depends on.
 *
 * @param id the model's name
 * @param costKey models with the same key take equally long per layer on the same machine
 * @param layerBytes weights of each layer
 * @param kvBytesPerToken KV cache of each layer for one position
 * @param activeLayerBytes weights of a layer that one token reads: of a mixture of experts, less
 *     than the layer has
 * @param embeddingBytes weights that only the first stage has
 * @param headBytes weights that only the last stage has
 * @param tiedHead whether head and embedding are the same, so that a lone stage has them once
 * @param activationWidth numbers of 4 bytes that travel between stages for one token
 * @param stageBufferBytes work memory of every stage
 * @param headBufferBytes work memory that the last stage has besides
 * @param cuts layers before which the model may be cut
 */
public record ModelShape(
    String id,
    String costKey,
    List<Long> layerBytes,
    List<Long> kvBytesPerToken,
    long activeLayerBytes,
    long embeddingBytes,
    long headBytes,
    boolean tiedHead,
    int activationWidth,
    long stageBufferBytes,
    long headBufferBytes,
    SortedSet<Integer> cuts) {

  /** Tokens that an engine computes at once while it reads a prompt. */
  static final int BATCH_TOKENS = 512;

  private static final int FLOAT_BYTES = 4;

  /** Rows of the embedding's width that llama.cpp keeps per token at once, about. */
  private static final int WORK_ROWS = 8;

  public ModelShape {
    layerBytes = List.copyOf(layerBytes);
    kvBytesPerToken = List.copyOf(kvBytesPerToken);
    cuts = Collections.unmodifiableSortedSet(new TreeSet<>(cuts));
    if (layerBytes.isEmpty() || layerBytes.size() != kvBytesPerToken.size()) {
      throw new IllegalArgumentException(
          "%d layers, KV cache of %d".formatted(layerBytes.size(), kvBytesPerToken.size()));
    }
    if (!cuts.isEmpty() && (cuts.first() < 1 || cuts.last() >= layerBytes.size())) {
      throw new IllegalArgumentException("cuts %s of %d layers".formatted(cuts, layerBytes.size()));
    }
    if (activeLayerBytes < 1 || activationWidth < 1) {
      throw new IllegalArgumentException(
          "%d active bytes, width %d".formatted(activeLayerBytes, activationWidth));
    }
  }

  /** The shape of a model that may be cut wherever {@link LayerSlicer} can. */
  public static ModelShape of(String id, GgufModel model) throws GgufException {
    ModelFacts facts = ModelFacts.of(model);
    int layers = facts.dimensions().layers();
    SortedSet<Integer> cuts = new TreeSet<>();
    for (int cut = 1; cut < layers; cut++) {
      if (isSliceable(model, new LayerRange(0, cut))
          && isSliceable(model, new LayerRange(cut, layers))) {
        cuts.add(cut);
      }
    }
    return of(id, facts, cuts);
  }

  /** The shape of a model whose legal cuts are known. */
  public static ModelShape of(String id, ModelFacts facts, SortedSet<Integer> cuts) {
    ModelFacts.Dimensions dimensions = facts.dimensions();
    ModelFacts.Weights weights = facts.weights();
    int layers = dimensions.layers();
    long meanLayerBytes =
        Math.max(1, weights.layerBytes().stream().mapToLong(Long::longValue).sum() / layers);
    boolean tied = weights.outputBytes() == 0;
    int feedForward = dimensions.feedForward().stream().mapToInt(Integer::intValue).max().orElse(0);
    long rowBytes = ((long) WORK_ROWS * dimensions.embedding() + 2L * feedForward) * FLOAT_BYTES;
    return new ModelShape(
        id,
        "%s/%d/%s".formatted(facts.architecture(), dimensions.embedding(), weights.quantisation()),
        weights.layerBytes(),
        IntStream.range(0, layers)
            .mapToObj(layer -> facts.attention().kvBytesPerToken(layer))
            .toList(),
        activeBytes(meanLayerBytes, facts.experts()),
        weights.embeddingBytes(),
        tied ? weights.embeddingBytes() : weights.outputBytes(),
        tied,
        dimensions.embedding(),
        BATCH_TOKENS * rowBytes,
        (long) BATCH_TOKENS * facts.tokenizer().vocabulary() * FLOAT_BYTES,
        cuts);
  }

  /** Nearly all of a mixture's weights are its experts'. */
  private static long activeBytes(long layerBytes, ModelFacts.Experts experts) {
    boolean mixture = experts.count() > 0 && experts.used() > 0;
    return mixture ? Math.max(1, layerBytes * experts.used() / experts.count()) : layerBytes;
  }

  private static boolean isSliceable(GgufModel model, LayerRange range) throws GgufException {
    try {
      LayerSlicer.plan(model, range);
      return true;
    } catch (GgufException e) {
      if (e.cause() == GgufException.Cause.UNSLICEABLE) {
        return false;
      }
      throw e;
    }
  }

  public int layers() {
    return layerBytes.size();
  }

  /** What the output head costs for one token, in layers. */
  public double headLayers() {
    return (double) headBytes / activeLayerBytes;
  }

  /**
   * Whether it is known how long its layers take on a machine.
   *
   * @param layerCosts of that machine, by {@link #costKey}
   */
  public boolean isMeasuredIn(Map<String, LayerCost> layerCosts) {
    return layerCosts.containsKey(costKey);
  }

  /** What the times of some of its layers, as a stage, are to be divided by. */
  public StageShape stage(LayerRange layers) {
    return new StageShape(costKey, activeLayerBytes, layers.to() == layers() ? headLayers() : 0);
  }

  /** Bytes between stages for one token. */
  long activationBytes() {
    return (long) activationWidth * FLOAT_BYTES;
  }
}
