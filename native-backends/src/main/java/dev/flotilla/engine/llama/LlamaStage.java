package dev.flotilla.engine.llama;

import dev.flotilla.engine.Batch;
import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.Sampler;
import dev.flotilla.engine.SamplingOptions;
import dev.flotilla.engine.Stage;
import dev.flotilla.engine.StageFacts;
import dev.flotilla.engine.Vocabulary;
import dev.flotilla.gguf.LayerRange;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A stage computed by libllama: a whole model, or a slice of one, whose metadata say which layers
 * it holds. Owns the model, its contexts and its threads.
 */
public final class LlamaStage implements Stage {
  /** Rows computed at once; llama.cpp's own default, which its kernels are tuned for. */
  private static final int MICRO_BATCH_TOKENS = 512;

  /**
   * How long threads spin for the next step before they sleep, in ggml's units of 131,072 spins: a
   * few milliseconds. Less, and a step of a small model waits for threads to be woken, which a
   * virtual machine makes long; more, and they keep the processors from the node and its clients.
   */
  private static final int POLLING = 1;

  private final LlamaLibrary library;
  private final EngineOptions options;
  private final ComputeThreads threads;
  private final ThreadTuner tuner;
  private final LlamaModel model;
  private final @Nullable LlamaContext context;
  private final LayerRange layers;
  private final int modelLayers;
  private final StageFacts facts;
  private @Nullable LlamaEmbedder embedder;

  private LlamaStage(
      LlamaLibrary library, EngineOptions options, ComputeThreads threads, LlamaModel model) {
    this.library = library;
    this.options = options;
    this.threads = threads;
    this.tuner = new ThreadTuner(options.threads(), options.batchThreads());
    this.model = model;
    this.layers =
        new LayerRange(
            number("flotilla.slice.from", 0), number("flotilla.slice.to", model.layers()));
    this.modelLayers = number("flotilla.slice.layers", layers.to());
    requireSlice();
    boolean generates = !model.encodesOnly() && !options.embeddingsOnly();
    this.context = generates ? newContext() : null;
    this.facts =
        new StageFacts(
            model.metadata("general.architecture"),
            layers,
            modelLayers,
            options.slots(),
            context == null ? contextTokens() : context.tokensPerSequence(),
            model.trainedContext(),
            model.vocabulary().size(),
            model.embeddingWidth(),
            model.parameters(),
            model.bytes(),
            library.devices.description(),
            generates);
  }

  /**
   * Loads a model and allocates its KV cache. Blocks for as long as the disk takes.
   *
   * @param progress told how far loading is, 0 to 1, on this thread
   * @throws EngineException {@link EngineFailure#MODEL_UNUSABLE} with the reason
   */
  public static LlamaStage load(
      LlamaLibrary library, EngineOptions options, DoubleConsumer progress) {
    LlamaModel model = LlamaModel.load(library, options, progress);
    ComputeThreads threads =
        ComputeThreads.start(library, options.threads(), options.batchThreads(), POLLING);
    try {
      return new LlamaStage(library, options, threads, model);
    } catch (EngineException e) {
      threads.close();
      model.close();
      throw e;
    }
  }

  private int number(String key, int missing) {
    String value = model.metadata(key);
    try {
      return value.isEmpty() ? missing : Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new EngineException(EngineFailure.MODEL_UNUSABLE, key + " is " + value);
    }
  }

  private void requireSlice() {
    if (layers.size() != model.layers() || layers.to() > modelLayers) {
      throw new EngineException(
          EngineFailure.MODEL_UNUSABLE,
          "a slice of layers %s of %d has %d".formatted(layers, modelLayers, model.layers()));
    }
  }

  private Optional<LlamaContext.Part> part() {
    boolean first = layers.from() == 0;
    boolean last = layers.to() == modelLayers;
    return first && last
        ? Optional.empty()
        : Optional.of(new LlamaContext.Part(layers.size(), model.embeddingWidth(), first, last));
  }

  private LlamaContext newContext() {
    return new LlamaContext(
        library,
        model,
        threads,
        options.threads(),
        options.batchThreads(),
        new LlamaContext.Shape(
            options.slots(),
            contextTokens(),
            options.batchTokens(),
            Math.min(MICRO_BATCH_TOKENS, options.batchTokens()),
            layers.to() == modelLayers ? outputs() : options.batchTokens(),
            false,
            -1,
            options.keyType(),
            options.valueType(),
            options.flashAttention(),
            part()));
  }

  /** Rows with logits in the last stage: one for each slot, and drafts where there are stages. */
  private int outputs() {
    int drafts = layers.from() == 0 ? 0 : Batch.MOST_DRAFTS;
    return Math.min(options.batchTokens(), options.slots() + drafts);
  }

  private int contextTokens() {
    return options.contextTokens() > 0
        ? options.contextTokens()
        : Math.min(model.trainedContext(), EngineOptions.DEFAULT_CONTEXT_LIMIT);
  }

  @Override
  public StageFacts facts() {
    return facts;
  }

  @Override
  public Vocabulary vocabulary() {
    return model.vocabulary();
  }

  @Override
  public boolean run(Batch batch) {
    LlamaContext generating = generating();
    if (batch.exact() ? computeExactly(generating, batch) : compute(generating, batch)) {
      return true;
    }
    // Rows of finished micro-batches are in the cache: take back each slot's first row and all
    // after it.
    for (int row = batch.size() - 1; row >= 0; row--) {
      generating.truncate(batch.slot(row), batch.position(row));
    }
    return false;
  }

  /** Attention over a long context rounds differently with another number of threads. */
  private boolean computeExactly(LlamaContext generating, Batch batch) {
    generating.limitThreads(Integer.MAX_VALUE);
    return generating.decode(batch);
  }

  private boolean compute(LlamaContext generating, Batch batch) {
    generating.limitThreads(tuner.threads(batch.size()));
    long beganNanos = System.nanoTime();
    boolean computed = generating.decode(batch);
    if (computed) {
      tuner.took(batch.size(), System.nanoTime() - beganNanos);
    }
    return computed;
  }

  @Override
  public void abort() {
    if (context != null) {
      context.abort();
    }
  }

  @Override
  public boolean truncate(int slot, int length) {
    return generating().truncate(slot, length);
  }

  @Override
  public boolean canTrim() {
    return !model.forgets();
  }

  @Override
  public boolean canShift() {
    return generating().canShift();
  }

  @Override
  public void shift(int slot, int from, int to) {
    generating().shift(slot, from, to);
  }

  @Override
  public Sampler sampler(SamplingOptions sampling) {
    if (!facts.last()) {
      throw new EngineException(EngineFailure.UNSUPPORTED, "only the last stage chooses tokens");
    }
    return new LlamaSampler(library, generating(), model.vocabulary(), sampling);
  }

  /** The logits of an output row of the last run. */
  float[] logits(int row) {
    return generating().logits(row, facts.vocabularySize()).toArray(ValueLayout.JAVA_FLOAT);
  }

  private LlamaContext generating() {
    if (context == null) {
      throw new EngineException(
          EngineFailure.UNSUPPORTED, "this model gives embeddings and generates no text");
    }
    return context;
  }

  @Override
  public List<float[]> embed(List<int[]> sequences) {
    if (part().isPresent()) {
      throw new EngineException(
          EngineFailure.UNSUPPORTED, "a model in several stages gives no embeddings");
    }
    if (embedder == null) {
      embedder = new LlamaEmbedder(library, model, threads, options, facts.contextTokens());
    }
    return embedder.embed(sequences);
  }

  @Override
  public void close() {
    if (embedder != null) {
      embedder.close();
    }
    if (context != null) {
      context.close();
    }
    threads.close();
    model.close();
  }
}
