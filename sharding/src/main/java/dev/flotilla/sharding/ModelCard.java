package dev.flotilla.sharding;

/**
 * What clients are told about a model.
 *
 * @param id the name that requests use
 * @param createdSeconds when its file was last changed, in seconds since 1970
 * @param architecture the architecture as GGUF names it, {@code llama} say
 * @param layers transformer blocks
 * @param parameters weights in all tensors
 * @param bytes size of the file or files
 * @param quantization the file's storage type as llama.cpp names it, {@code Q4_K_M} say
 * @param trainedContext tokens of context it was trained on
 * @param vocabularySize entries of its vocabulary
 * @param embeddingWidth width of its hidden state
 * @param embeddingsOnly whether it gives embeddings and generates no text
 */
public record ModelCard(
    String id,
    long createdSeconds,
    String architecture,
    int layers,
    long parameters,
    long bytes,
    String quantization,
    int trainedContext,
    int vocabularySize,
    int embeddingWidth,
    boolean embeddingsOnly) {}
