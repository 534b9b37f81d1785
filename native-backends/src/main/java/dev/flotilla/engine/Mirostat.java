package dev.flotilla.engine;

/**
 * Perplexity-steered sampling (Basu et al. 2020, arXiv:2007.14966).
 *
 * @param version 1 or 2 of the algorithm
 * @param tau target surprise, in bits, greater than 0
 * @param eta learning rate, greater than 0
 */
public record Mirostat(int version, float tau, float eta) {
  public Mirostat {
    if (version != 1 && version != 2) {
      throw new EngineException(
          EngineFailure.INVALID_REQUEST, "mirostat", "mirostat must be 0, 1 or 2, not " + version);
    }
    SamplingOptions.requireBetween("mirostat_tau", tau, Float.MIN_NORMAL, 100);
    SamplingOptions.requireBetween("mirostat_eta", eta, Float.MIN_NORMAL, 10);
  }
}
