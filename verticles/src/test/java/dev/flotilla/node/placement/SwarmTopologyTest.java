package dev.flotilla.node.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.gguf.GgufModel;
import dev.flotilla.gguf.SharedFiles;
import dev.flotilla.node.lending.WorkerOffer;
import dev.flotilla.sharding.plan.Constraints;
import dev.flotilla.sharding.plan.ModelShape;
import dev.flotilla.sharding.plan.Plan;
import dev.flotilla.sharding.plan.Planner;
import dev.flotilla.sharding.plan.ShardSetting;
import dev.flotilla.tokens.NodeId;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SwarmTopologyTest {
  private static final NodeId HEAD = node('f');

  private static NodeId node(char digit) {
    return new NodeId(String.valueOf(digit).repeat(64));
  }

  private static WorkerOffer offer(long freeBytes, String version) {
    return new WorkerOffer(version, freeBytes, freeBytes, 4, 0, List.of(), false);
  }

  @Test
  void plansBeginAtTheHeadWhateverTheWorkersLend() throws Exception {
    ModelShape shape =
        ModelShape.of("m", GgufModel.read(SharedFiles.require("models/stories260K.gguf")));
    long seed = Long.getLong("flotilla.test.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int round = 0; round < 50; round++) {
      int stages = 2 + random.nextInt(3);
      Map<NodeId, WorkerOffer> offers = new TreeMap<>((a, b) -> a.hex().compareTo(b.hex()));
      Map<NodeId, OptionalDouble> trips = new TreeMap<>((a, b) -> a.hex().compareTo(b.hex()));
      for (char digit = '1'; digit <= '5'; digit++) {
        offers.put(node(digit), offer((64 + random.nextInt(512)) << 20, "1.0"));
        trips.put(node(digit), OptionalDouble.of(0.1 + 20 * random.nextDouble()));
      }
      offers.put(node('6'), offer(1L << 40, "other"));
      Constraints constraints =
          new ShardSetting.Stages(stages)
              .applyTo(
                  Constraints.DEFAULT
                      .withSessions(4, 512)
                      .withPinned(Set.of(HEAD.hex()), Set.of()));
      Plan plan =
          Planner.plan(
                  SwarmTopology.of(
                      HEAD,
                      256 << 20,
                      2,
                      offers,
                      "1.0",
                      worker -> trips.getOrDefault(worker, OptionalDouble.empty())),
                  shape,
                  constraints)
              .best()
              .orElseThrow();
      assertThat(plan.stages()).as("seed %d", seed).hasSize(stages);
      assertThat(plan.stages().getFirst().nodeId()).as("seed %d", seed).isEqualTo(HEAD.hex());
      assertThat(plan.nodeIds()).as("seed %d", seed).doesNotContain(node('6').hex());
    }
  }

  @Test
  void whatFitsAtTheHeadStaysThere() throws Exception {
    ModelShape shape =
        ModelShape.of("m", GgufModel.read(SharedFiles.require("models/stories260K.gguf")));
    Plan plan =
        Planner.plan(
                SwarmTopology.of(
                    HEAD,
                    1L << 30,
                    2,
                    Map.of(node('1'), offer(1L << 40, "1.0")),
                    "1.0",
                    _ -> OptionalDouble.of(1)),
                shape,
                new ShardSetting.Auto()
                    .applyTo(
                        Constraints.DEFAULT
                            .withSessions(1, 512)
                            .withPinned(Set.of(HEAD.hex()), Set.of())))
            .best()
            .orElseThrow();
    assertThat(plan.stages()).hasSize(1);
  }
}
