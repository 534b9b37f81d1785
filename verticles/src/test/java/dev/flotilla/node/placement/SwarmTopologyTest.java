package dev.flotilla.node.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.gguf.GgufModel;
import dev.flotilla.gguf.SharedFiles;
import dev.flotilla.node.lending.WorkerOffer;
import dev.flotilla.sharding.plan.Constraints;
import dev.flotilla.sharding.plan.LayerCost;
import dev.flotilla.sharding.plan.Link;
import dev.flotilla.sharding.plan.ModelShape;
import dev.flotilla.sharding.plan.NodeProfile;
import dev.flotilla.sharding.plan.Plan;
import dev.flotilla.sharding.plan.Planner;
import dev.flotilla.sharding.plan.PowerSource;
import dev.flotilla.sharding.plan.ShardSetting;
import dev.flotilla.sharding.plan.Topology;
import dev.flotilla.tokens.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

  private static final Topology NOTHING = new Topology(List.of(), List.of());

  private static NodeProfile machine(NodeId node) {
    return new NodeProfile(
        node.hex(),
        new NodeProfile.Memory(1, 1, 1),
        1,
        PowerSource.BATTERY,
        Map.of("room", "office"),
        Set.of(),
        Map.of("shape", new LayerCost(10, 0.1, 0.2)));
  }

  private static Link way(NodeId from, NodeId to, double seconds) {
    return new Link(from.hex(), to.hex(), seconds, 5e7, 0, 3, 1);
  }

  @Test
  void whatIsMeasuredGoesBeforeWhatIsAssumed() {
    Topology topology =
        SwarmTopology.of(
            HEAD,
            100,
            2,
            Map.of(node('1'), offer(50, "1.0"), node('2'), offer(60, "1.0")),
            "1.0",
            new Topology(
                List.of(machine(HEAD), machine(node('1'))),
                List.of(way(HEAD, node('1'), 0.004), way(node('1'), HEAD, 0.006))));
    NodeProfile known = profile(topology, node('1'));
    assertThat(known.power()).isEqualTo(PowerSource.BATTERY);
    assertThat(known.layerCosts()).containsKey("shape");
    assertThat(known.memory().usableBytes()).isEqualTo(50);
    assertThat(profile(topology, node('2')).power()).isEqualTo(PowerSource.UNKNOWN);
    assertThat(link(topology, HEAD, node('1')).bytesPerSecond()).isEqualTo(5e7);
    assertThat(link(topology, node('1'), HEAD).rttSeconds()).isEqualTo(0.006);
    assertThat(link(topology, node('1'), HEAD).bytesPerSecond()).isLessThan(1);
    assertThat(link(topology, node('1'), node('2')).rttSeconds()).isEqualTo(0.005);
  }

  private static NodeProfile profile(Topology topology, NodeId node) {
    return topology.nodes().stream()
        .filter(each -> each.nodeId().equals(node.hex()))
        .findFirst()
        .orElseThrow();
  }

  private static Link link(Topology topology, NodeId from, NodeId to) {
    return topology.links().stream()
        .filter(each -> each.from().equals(from.hex()) && each.to().equals(to.hex()))
        .findFirst()
        .orElseThrow();
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
      List<NodeProfile> machines = new ArrayList<>(List.of(machine(HEAD)));
      List<Link> ways = new ArrayList<>();
      for (char digit = '1'; digit <= '5'; digit++) {
        offers.put(node(digit), offer((64 + random.nextInt(512)) << 20, "1.0"));
        machines.add(machine(node(digit)));
        ways.add(way(HEAD, node(digit), 0.0001 + 0.02 * random.nextDouble()));
        ways.add(way(node(digit), HEAD, 0.0001 + 0.02 * random.nextDouble()));
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
                  SwarmTopology.of(HEAD, 256 << 20, 2, offers, "1.0", new Topology(machines, ways)),
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
                    HEAD, 1L << 30, 2, Map.of(node('1'), offer(1L << 40, "1.0")), "1.0", NOTHING),
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
