package dev.flotilla.engine;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How one engine process loads and runs its stage. Validates itself.
 *
 * @param model the GGUF file, or the first part of a split one
 * @param backend which native libraries run it
 * @param contextTokens positions of the KV cache that each slot may use; 0 takes the model's own,
 *     bounded by {@value #DEFAULT_CONTEXT_LIMIT}
 * @param slots sessions that run at once
 * @param queueLimit sessions that may wait for a slot; one more is refused
 * @param batchTokens the most tokens of one step, decode and prompt chunks together
 * @param threads compute threads for single-token steps
 * @param batchThreads compute threads for prompt chunks
 * @param keyType type of the K cache
 * @param valueType type of the V cache
 * @param mapFile whether the file is mapped rather than read
 * @param lockMemory whether the weights are locked in memory
 * @param gpuLayers layers held by a GPU, -1 for all that fit
 * @param flashAttention whether the fused attention kernel is used; empty lets the backend decide
 * @param contextShift whether a session at the context limit drops its oldest half and goes on;
 *     otherwise it ends with {@link FinishReason#LENGTH}
 * @param prefixCache whether idle slots keep their KV cache for reuse
 * @param speculation whether tokens may be guessed ahead where a model has several stages
 * @param pooling how token states become one embedding; empty takes the model's own
 * @param embeddingsOnly whether the stage serves embeddings and no generation
 */
public record EngineOptions(
    Path model,
    Backend backend,
    int contextTokens,
    int slots,
    int queueLimit,
    int batchTokens,
    int threads,
    int batchThreads,
    CacheType keyType,
    CacheType valueType,
    boolean mapFile,
    boolean lockMemory,
    int gpuLayers,
    Optional<Boolean> flashAttention,
    boolean contextShift,
    boolean prefixCache,
    boolean speculation,
    Optional<Pooling> pooling,
    boolean embeddingsOnly) {

  /** The context taken when none is asked for and the model allows more. */
  public static final int DEFAULT_CONTEXT_LIMIT = 4096;

  /** The most slots of one engine (llama.cpp's own bound on sequences). */
  public static final int MAX_SLOTS = 256;

  /** Families of native libraries. */
  public enum Backend {
    CPU,
    CUDA,
    VULKAN,
    METAL
  }

  /** Storage types of the KV cache. */
  public enum CacheType {
    F32,
    F16,
    Q8_0
  }

  /** How token states become one embedding vector. */
  public enum Pooling {
    NONE,
    MEAN,
    CLS,
    LAST
  }

  public EngineOptions {
    requireBetween("context-size", contextTokens, 0, 1 << 24);
    requireBetween("slots", slots, 1, MAX_SLOTS);
    requireBetween("queue", queueLimit, 0, 1 << 16);
    requireBetween("batch-size", batchTokens, 32, 1 << 16);
    requireBetween("threads", threads, 1, 512);
    requireBetween("threads-batch", batchThreads, 1, 512);
    requireBetween("gpu-layers", gpuLayers, -1, 1 << 16);
    if (slots > batchTokens) {
      throw new EngineException(
          EngineFailure.INVALID_REQUEST,
          "batch-size",
          "batch-size (" + batchTokens + ") must be at least slots (" + slots + ")");
    }
  }

  /** The same for another file. */
  public EngineOptions withModel(Path file) {
    return with(file, contextTokens);
  }

  /** The same with so many positions for each slot. */
  public EngineOptions withContext(int tokens) {
    return with(model, tokens);
  }

  private EngineOptions with(Path file, int tokens) {
    return new EngineOptions(
        file,
        backend,
        tokens,
        slots,
        queueLimit,
        batchTokens,
        threads,
        batchThreads,
        keyType,
        valueType,
        mapFile,
        lockMemory,
        gpuLayers,
        flashAttention,
        contextShift,
        prefixCache,
        speculation,
        pooling,
        embeddingsOnly);
  }

  private static void requireBetween(String field, int value, int least, int most) {
    SamplingOptions.requireBetween(field, value, least, most);
  }
}
