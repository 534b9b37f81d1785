package dev.flotilla.node;

import dev.flotilla.engine.Certification;
import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineOptions;
import dev.flotilla.node.shard.MachineMemory;
import dev.flotilla.node.shard.ModelFile;
import dev.flotilla.sharding.plan.ShardSetting;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which models are cut into stages, and which may be. */
record ShardingRules(ShardSetting setting, boolean uncertified) {
  private static final Logger log = LoggerFactory.getLogger(ShardingRules.class);

  /**
   * Whether a model of this node is to be cut.
   *
   * @throws OptionException if it must be, and must not
   */
  boolean cuts(ModelFile file, EngineOptions engine) {
    return mustBeCut(file, engine) && isCertified(file);
  }

  private boolean mustBeCut(ModelFile file, EngineOptions engine) {
    boolean must =
        switch (setting) {
          case ShardSetting.Off() -> false;
          case ShardSetting.Stages(int count) -> count > 1;
          case ShardSetting.Auto() -> !fitsHere(file, context(file, engine), engine.slots());
        };
    return must && !engine.embeddingsOnly() && !file.card().embeddingsOnly();
  }

  /** Positions of each of a model's sessions here. */
  static int context(ModelFile file, EngineOptions engine) {
    return engine.contextTokens() > 0
        ? engine.contextTokens()
        : Math.min(file.card().trainedContext(), EngineOptions.DEFAULT_CONTEXT_LIMIT);
  }

  /** Roughly; the planner is asked where it is not clear. */
  private static boolean fitsHere(ModelFile file, int context, int slots) {
    long cache = 0;
    for (int layer = 0; layer < file.card().layers(); layer++) {
      cache += file.facts().attention().kvBytesPerToken(layer) * context * slots;
    }
    return 1.2 * (file.card().bytes() + cache) < MachineMemory.availableBytes();
  }

  private boolean isCertified(ModelFile file) {
    try {
      requireCertified(file);
      return true;
    } catch (OptionException e) {
      if (setting instanceof ShardSetting.Auto) {
        log.warn("model {} runs here alone: {}", file.card().id(), e.getMessage());
        return false;
      }
      throw e;
    }
  }

  /** Whether a model may be cut at all. */
  boolean allows(ModelFile file) {
    return uncertified || Certification.architectures().contains(file.card().architecture());
  }

  /**
   * Insists on it.
   *
   * @throws OptionException that says why not
   */
  void requireCertified(ModelFile file) {
    try {
      if (!uncertified) {
        Certification.require(file.card().architecture());
      }
    } catch (EngineException e) {
      throw new OptionException("shard", e.getMessage());
    }
  }
}
