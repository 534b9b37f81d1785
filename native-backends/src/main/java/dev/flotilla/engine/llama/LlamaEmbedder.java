package dev.flotilla.engine.llama;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.flotilla.engine.Batch;
import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.EngineOptions.CacheType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Embeds texts in a context of its own beside the one that generates, so that sessions and their
 * caches are not disturbed. One text at a time: it must fit one micro-batch, since attention of
 * embedding models looks both ways. Confined to the compute thread.
 */
final class LlamaEmbedder implements AutoCloseable {
  /**
   * The longest text embedded, unless the model's context is shorter. Bounds the compute buffers.
   */
  private static final int MAX_TOKENS = 8192;

  private static final int POOLING_OF_MODEL = -1;
  private static final int POOLING_NONE = 0;
  private static final int POOLING_MEAN = 1;

  private final LlamaContext context;
  private final boolean encodes;
  private final int width;
  private final int maxTokens;
  private final Batch batch;

  LlamaEmbedder(
      LlamaLibrary library,
      LlamaModel model,
      ComputeThreads threads,
      EngineOptions options,
      int contextTokens) {
    maxTokens = Math.min(contextTokens, MAX_TOKENS);
    context =
        new LlamaContext(
            library,
            model,
            threads,
            options.threads(),
            options.batchThreads(),
            new LlamaContext.Shape(
                1,
                maxTokens,
                maxTokens,
                maxTokens,
                maxTokens,
                true,
                pooling(model, options),
                CacheType.F16,
                CacheType.F16,
                options.flashAttention(),
                Optional.empty()));
    encodes = model.encodesOnly();
    width = model.embeddingWidth();
    batch = new Batch(maxTokens);
  }

  /**
   * The user's choice, else the model's own, else the mean, which every generative model can give.
   */
  private static int pooling(LlamaModel model, EngineOptions options) {
    return options
        .pooling()
        .map(pooling ->
            switch (pooling) {
              case NONE -> POOLING_NONE;
              case MEAN -> POOLING_MEAN;
              case CLS -> 2;
              case LAST -> 3;
            })
        .orElseGet(() ->
            model.metadata(model.metadata("general.architecture") + ".pooling_type").isEmpty()
                ? POOLING_MEAN
                : POOLING_OF_MODEL);
  }

  List<float[]> embed(List<int[]> sequences) {
    List<float[]> vectors = new ArrayList<>(sequences.size());
    for (int[] tokens : sequences) {
      vectors.add(embed(tokens));
    }
    return vectors;
  }

  private float[] embed(int[] tokens) {
    if (tokens.length == 0 || tokens.length > maxTokens) {
      throw new EngineException(
          EngineFailure.CONTEXT_EXCEEDED,
          "input",
          "input has " + tokens.length + " tokens; this model embeds 1 to " + maxTokens);
    }
    batch.clear();
    for (int i = 0; i < tokens.length; i++) {
      batch.add(tokens[i], i, 0, true);
    }
    if (encodes) {
      context.encode(batch);
    } else {
      context.clear();
      context.decode(batch);
    }
    return normalized(context.embedding(0, tokens.length - 1, width).toArray(JAVA_FLOAT));
  }

  private static float[] normalized(float[] vector) {
    double squares = 0;
    for (float component : vector) {
      squares += (double) component * component;
    }
    if (squares > 0) {
      float scale = (float) (1 / Math.sqrt(squares));
      for (int i = 0; i < vector.length; i++) {
        vector[i] *= scale;
      }
    }
    return vector;
  }

  @Override
  public void close() {
    context.close();
  }
}
