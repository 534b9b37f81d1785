package dev.flotilla.engine;

import dev.flotilla.engine.EngineOptions.Backend;
import dev.flotilla.engine.EngineOptions.CacheType;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Engine options that differ from a small engine's, with one slot and one thread, in few things.
 */
public final class EngineOptionsBuilder {
  private final Path model;
  private final int contextTokens;
  private int slots = 1;
  private int queueLimit = 64;
  private int batchTokens = 512;
  private CacheType cacheType = CacheType.F16;
  private Optional<Boolean> flashAttention = Optional.empty();
  private boolean contextShift;
  private boolean speculation;

  private EngineOptionsBuilder(Path model, int contextTokens) {
    this.model = model;
    this.contextTokens = contextTokens;
  }

  /** For a model file and a number of tokens of context. */
  public static EngineOptionsBuilder of(Path model, int contextTokens) {
    return new EngineOptionsBuilder(model, contextTokens);
  }

  /** For an engine that reads no file. */
  public static EngineOptionsBuilder simulated(int contextTokens) {
    return of(Path.of("simulated"), contextTokens);
  }

  public EngineOptionsBuilder slots(int count) {
    slots = count;
    return this;
  }

  public EngineOptionsBuilder queueLimit(int sessions) {
    queueLimit = sessions;
    return this;
  }

  public EngineOptionsBuilder batchTokens(int tokens) {
    batchTokens = tokens;
    return this;
  }

  /** The type of the K and the V cache. */
  public EngineOptionsBuilder cacheType(CacheType type) {
    cacheType = type;
    return this;
  }

  public EngineOptionsBuilder flashAttention(boolean used) {
    flashAttention = Optional.of(used);
    return this;
  }

  public EngineOptionsBuilder contextShift(boolean shifts) {
    contextShift = shifts;
    return this;
  }

  public EngineOptionsBuilder speculation(boolean drafts) {
    speculation = drafts;
    return this;
  }

  /** The options. */
  public EngineOptions build() {
    return new EngineOptions(
        model,
        Backend.CPU,
        contextTokens,
        slots,
        queueLimit,
        batchTokens,
        1,
        1,
        cacheType,
        cacheType,
        true,
        false,
        0,
        flashAttention,
        contextShift,
        true,
        speculation,
        Optional.empty(),
        false);
  }
}
