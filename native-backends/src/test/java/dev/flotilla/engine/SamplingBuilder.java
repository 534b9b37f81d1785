package dev.flotilla.engine;

import java.util.Map;
import java.util.Optional;

/** {@link SamplingOptions} that differ from others in a few fields. */
public final class SamplingBuilder {
  private final SamplingOptions base;
  private Map<Integer, Float> logitBias;
  private Optional<Mirostat> mirostat;
  private Optional<String> grammar;
  private boolean ignoreEos;
  private int logprobs;

  private SamplingBuilder(SamplingOptions base) {
    this.base = base;
    this.logitBias = base.logitBias();
    this.mirostat = base.mirostat();
    this.grammar = base.grammar();
    this.ignoreEos = base.ignoreEos();
    this.logprobs = base.logprobs();
  }

  /** As {@code base} until told otherwise. */
  public static SamplingBuilder from(SamplingOptions base) {
    return new SamplingBuilder(base);
  }

  public SamplingBuilder grammar(String grammar) {
    this.grammar = Optional.of(grammar);
    return this;
  }

  public SamplingBuilder mirostat(Mirostat mirostat) {
    this.mirostat = Optional.of(mirostat);
    return this;
  }

  public SamplingBuilder logitBias(Map<Integer, Float> logitBias) {
    this.logitBias = logitBias;
    return this;
  }

  public SamplingBuilder ignoreEos(boolean ignoreEos) {
    this.ignoreEos = ignoreEos;
    return this;
  }

  public SamplingBuilder logprobs(int logprobs) {
    this.logprobs = logprobs;
    return this;
  }

  public SamplingOptions build() {
    return new SamplingOptions(
        base.temperature(),
        base.topK(),
        base.topP(),
        base.minP(),
        base.typicalP(),
        base.repeatPenalty(),
        base.repeatLastN(),
        base.frequencyPenalty(),
        base.presencePenalty(),
        logitBias,
        base.seed(),
        mirostat,
        grammar,
        ignoreEos,
        logprobs);
  }
}
