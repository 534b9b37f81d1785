package dev.flotilla.node.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.gguf.GgufModel;
import dev.flotilla.gguf.SharedFiles;
import dev.flotilla.sharding.plan.LayerCost;
import dev.flotilla.sharding.plan.ModelShape;
import dev.flotilla.sharding.plan.PowerSource;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class UsableMachinesTest {
  private static final LayerCost COST = new LayerCost(1000, 0.001, 0.001);

  private UsableMachines usable;
  private Map<String, LayerCost> measured;

  @BeforeEach
  void readModel() throws Exception {
    ModelShape shape =
        ModelShape.of("m", GgufModel.read(SharedFiles.require("models/stories260K.gguf")));
    usable = new UsableMachines(shape, Set.of("busy"));
    measured = Map.of(shape.costKey(), COST);
  }

  @Test
  void batteriesCountOnlyWhereThePipelineIsOnThem() {
    assertThat(usable.include("idle", PowerSource.MAINS, measured)).isTrue();
    assertThat(usable.include("idle", PowerSource.UNKNOWN, measured)).isTrue();
    assertThat(usable.include("idle", PowerSource.BATTERY, measured)).isFalse();
    assertThat(usable.include("busy", PowerSource.BATTERY, measured)).isTrue();
  }

  @Test
  void whatWasMeasuredOfOtherModelsDoesNotCount() {
    assertThat(usable.include("idle", PowerSource.MAINS, Map.of())).isFalse();
    assertThat(usable.include("busy", PowerSource.MAINS, Map.of("another", COST))).isFalse();
  }
}
