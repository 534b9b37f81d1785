package dev.flotilla.node.placement;

import dev.flotilla.engine.EngineOptions;
import dev.flotilla.gguf.GgufModel;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.node.lending.StageOrder;
import dev.flotilla.sharding.ModelCard;
import dev.flotilla.sharding.link.ActivationType;
import dev.flotilla.sharding.plan.Constraints;
import dev.flotilla.sharding.plan.ModelShape;
import dev.flotilla.sharding.plan.ShardSetting;
import dev.flotilla.sharding.store.StageKey;
import java.util.Set;

/**
 * A model that is to run in stages.
 *
 * @param card what it is
 * @param model its file
 * @param shape what placing it depends on
 * @param options how its engines run; their context is not 0
 * @param setting into how many stages, where that is planned
 * @param plan where they are at first
 * @param activations how hidden states travel
 */
public record ShardedModel(
    ModelCard card,
    GgufModel model,
    ModelShape shape,
    EngineOptions options,
    ShardSetting setting,
    StagePlan plan,
    ActivationType activations) {

  /** What every plan must honour; the head is in it. */
  Constraints constraints(String head) {
    return setting.applyTo(
        Constraints.DEFAULT
            .withSessions(options.slots(), options.contextTokens())
            .withPinned(Set.of(head), Set.of()));
  }

  /** What a worker is asked for. */
  StageOrder order(
      String pipeline, String contentId, LayerRange layers, long memoryBytes, String version) {
    return new StageOrder(
        pipeline,
        new StageKey(contentId, layers),
        shape.stage(layers),
        memoryBytes,
        options.contextTokens(),
        options.slots(),
        options.batchTokens(),
        options.keyType(),
        options.valueType(),
        options.flashAttention(),
        activations,
        version,
        false,
        0);
  }
}
