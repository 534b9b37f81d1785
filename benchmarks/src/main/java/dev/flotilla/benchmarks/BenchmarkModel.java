package dev.flotilla.benchmarks;

import dev.flotilla.engine.llama.Quantizer.FileType;
import java.util.Optional;

/** The models that are measured. */
enum BenchmarkModel {
  /** A real model so small that the server, not the model, is the cost. */
  STORIES_260K("stories260K", Optional.empty(), 2048),
  /** 1.1 billion parameters with the K-quants that most people run. */
  LLAMA_1B_Q4_K_M("llama-1.1b-q4_k_m", Optional.of(FileType.Q4_K_M), 4096),
  /** The same with weights of 8 bits. */
  LLAMA_1B_Q8_0("llama-1.1b-q8_0", Optional.of(FileType.Q8_0), 4096);

  private final String label;
  private final Optional<FileType> forged;
  private final int contextTokens;

  BenchmarkModel(String label, Optional<FileType> forged, int contextTokens) {
    this.label = label;
    this.forged = forged;
    this.contextTokens = contextTokens;
  }

  /** How a forged model is stored; empty for a real one. */
  Optional<FileType> forged() {
    return forged;
  }

  /** The context that every slot is given. */
  int contextTokens() {
    return contextTokens;
  }

  /** Its name in tables, on the command line, and of its file. */
  @Override
  public String toString() {
    return label;
  }
}
