package dev.flotilla.sharding.plan;

import static dev.flotilla.sharding.plan.RandomSwarm.GIB;
import static dev.flotilla.sharding.plan.RandomSwarm.MIB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.flotilla.gguf.LayerRange;
import dev.flotilla.sharding.plan.Rejection.Reason;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PlannerTest {
  private static final int LAYERS = 20;
  private static final ModelShape MODEL = model(LAYERS);

  private final long seed = Long.getLong("flotilla.seed", new Random().nextLong());

  /** 100 MiB a layer, 50 MiB embedding and head. */
  private static ModelShape model(int layers) {
    return new ModelShape(
        "model",
        "shape",
        Collections.nCopies(layers, 100 * MIB),
        Collections.nCopies(layers, 1024L),
        100 * MIB,
        50 * MIB,
        50 * MIB,
        false,
        1024,
        10 * MIB,
        10 * MIB,
        IntStream.range(1, layers).boxed().collect(Collectors.toCollection(TreeSet::new)));
  }

  private static NodeProfile node(String id, double gib, double decodeMillis) {
    return node(id, gib, decodeMillis, PowerSource.MAINS);
  }

  private static NodeProfile node(String id, double gib, double decodeMillis, PowerSource power) {
    LayerCost cost = new LayerCost(100 * MIB, decodeMillis / 20e3, decodeMillis / 1e3);
    return RandomSwarm.node(id, (long) (gib * GIB), power, cost);
  }

  private static Topology meshed(double rttMillis, NodeProfile... nodes) {
    List<Link> links = new ArrayList<>();
    for (NodeProfile from : nodes) {
      for (NodeProfile to : nodes) {
        if (!from.equals(to)) {
          links.add(new Link(from.nodeId(), to.nodeId(), rttMillis / 1e3, 1e8, 0, 0, 1));
        }
      }
    }
    return new Topology(List.of(nodes), links);
  }

  private static List<String> order(Plan plan) {
    return plan.stages().stream().map(Plan.Stage::nodeId).toList();
  }

  private static Reason reason(PlanReport report, String option) {
    return report.rejections().stream()
        .filter(rejection -> rejection.option().equals(option))
        .findFirst()
        .orElseThrow()
        .reason();
  }

  @Test
  void dropsAMachineThatOnlySlowsItDown() {
    Topology topology = meshed(1, node("fast", 8, 1), node("slow", 8, 10));
    PlanReport report = Planner.plan(topology, MODEL, Constraints.DEFAULT);

    assertThat(order(report.best().orElseThrow())).containsExactly("fast");
    assertThat(reason(report, "slow")).isEqualTo(Reason.SLOWER);
    assertThat(report.plans()).hasSize(3);
  }

  @Test
  void givesTheFastNodeWhatFitsAndTheSlowOneTheRest() {
    Topology topology = meshed(1, node("fast", 1.5, 1), node("slow", 8, 10));
    Plan plan =
        Planner.plan(topology, MODEL, Constraints.DEFAULT.withNodes(2, 2)).best().orElseThrow();

    Map<String, Integer> layers =
        plan.stages().stream()
            .collect(Collectors.toMap(Plan.Stage::nodeId, stage -> stage.layers().size()));
    assertThat(layers).isEqualTo(Map.of("fast", 12, "slow", 8));
    assertThat(plan.prediction().limit()).isEqualTo(new Plan.Limit.Memory("fast"));
  }

  @Test
  void givesEqualNodesEqualShares() {
    Topology topology = meshed(1, node("a", 8, 2), node("b", 8, 2));
    Plan plan =
        Planner.plan(topology, MODEL, Constraints.DEFAULT.withNodes(2, 2)).best().orElseThrow();

    // To a lone stream all cuts are the same; prompts are read fastest by equal shares.
    assertThat(plan.stages().stream().map(stage -> stage.layers().size()).toList())
        .containsExactly(10, 10);
  }

  @Test
  void givesNearlyEqualNodesEqualSharesAndOthersHardlyMoreThanTheyAreGoodFor() {
    assertThat(layersOf("b", meshed(1, node("a", 8, 2), node("b", 8, 2.04)))).isEqualTo(10);
    // Each layer costs 0.6 ms more there, of 41.
    assertThat(layersOf("b", meshed(1, node("a", 8, 2), node("b", 8, 2.6)))).isEqualTo(2);
  }

  private static int layersOf(String node, Topology topology) {
    return Planner.plan(topology, MODEL, Constraints.DEFAULT.withNodes(2, 2))
        .best()
        .orElseThrow()
        .stages()
        .stream()
        .filter(stage -> stage.nodeId().equals(node))
        .mapToInt(stage -> stage.layers().size())
        .sum();
  }

  @Test
  void predictsWhatTheCostsAddUpTo() {
    Topology topology = meshed(4, node("a", 8, 2), node("b", 8, 2));
    Plan plan =
        Planner.plan(topology, MODEL, Constraints.DEFAULT.withNodes(2, 2)).best().orElseThrow();

    // 20 layers and half a layer's worth of head, one hop of 2 ms + 4 KiB, 2 ms back.
    double token = 20.5 * 0.002 + 0.002 + 4096 / 1e8 + 0.002;
    assertThat(plan.prediction().tokenSeconds()).isCloseTo(token, within(1e-9));
    assertThat(plan.prediction().basis()).isEqualTo(CostBasis.MEASURED);
    // One batch of 512 tokens at a tenth of a millisecond per layer, then one token's head.
    double first = 512 * 20 * 0.0001 + 0.002 + 512 * 4096 / 1e8 + 0.5 * 0.002 + 0.002;
    assertThat(plan.prediction().firstTokenSeconds()).isCloseTo(first, within(1e-9));
  }

  @Test
  void predictsAPipelineThatSomebodyThoughtOf() {
    Topology topology = meshed(4, node("a", 8, 2), node("b", 0.1, 6));
    Plan plan = predict(topology, new Stage("b", 0, 15), new Stage("a", 15, 20));

    assertThat(plan.prediction().tokenSeconds())
        .isCloseTo(15 * 0.006 + 5.5 * 0.002 + 0.002 + 4096 / 1e8 + 0.002, within(1e-9));
    assertThat(order(plan)).containsExactly("b", "a");
    assertThat(plan.stages().getFirst().memory())
        .isEqualTo(Planner.memory(MODEL, new LayerRange(0, 15), Constraints.DEFAULT));

    Topology apart = new Topology(topology.nodes(), List.of());
    assertThat(
            predict(apart, new Stage("b", 0, 15), new Stage("a", 15, 20))
                .prediction()
                .tokenSeconds())
        .isInfinite();
  }

  @Test
  void predictsNoPipelineThatIsNone() {
    Topology topology = meshed(4, node("a", 8, 2), node("b", 8, 6));

    assertThatThrownBy(() -> predict(topology, new Stage("a", 0, 10), new Stage("c", 10, 20)))
        .hasMessage("node c is not there");
    assertThatThrownBy(() -> predict(topology, new Stage("a", 0, 10), new Stage("b", 11, 20)))
        .hasMessageContaining("stage 1, which begins at 10");
    assertThatThrownBy(() -> predict(topology, new Stage("a", 0, 10)))
        .hasMessage("the stages end at layer 10 of 20");
    assertThatThrownBy(() -> predict(topology)).hasMessage("the stages end at layer 0 of 20");
  }

  private record Stage(String node, int from, int to) {}

  private static Plan predict(Topology topology, Stage... stages) {
    SequencedMap<String, LayerRange> layers = new LinkedHashMap<>();
    for (Stage stage : stages) {
      layers.put(stage.node(), new LayerRange(stage.from(), stage.to()));
    }
    return Planner.predict(topology, MODEL, Constraints.DEFAULT, layers);
  }

  @Test
  void usesBatteriesOnlyWhenItMust() {
    NodeProfile battery = node("laptop", 8, 1, PowerSource.BATTERY);
    Topology topology = meshed(1, node("desktop", 8, 5), battery);
    PlanReport report = Planner.plan(topology, MODEL, Constraints.DEFAULT);
    assertThat(order(report.best().orElseThrow())).containsExactly("desktop");
    assertThat(reason(report, "laptop")).isEqualTo(Reason.BATTERY);

    Topology tight =
        meshed(1, node("desktop", 1.5, 5), node("laptop", 1.5, 1, PowerSource.BATTERY));
    assertThat(Planner.plan(tight, MODEL, Constraints.DEFAULT).best().orElseThrow().nodeIds())
        .containsExactlyInAnyOrder("desktop", "laptop");
  }

  @Test
  void honoursPinsExclusionsLabelsAndRoles() {
    NodeProfile labelled =
        new NodeProfile(
            "office",
            new NodeProfile.Memory(8 * GIB, 8 * GIB, 8 * GIB),
            4,
            PowerSource.UNKNOWN,
            Map.of("room", "office"),
            Set.of(NodeRole.WORKER, NodeRole.GATEWAY),
            Map.of());
    Topology topology = meshed(1, node("a", 8, 1), node("b", 8, 2), labelled);
    Constraints pinned = Constraints.DEFAULT.withPinned(Set.of("b"), Set.of("a"));
    PlanReport report = Planner.plan(topology, MODEL, pinned);
    assertThat(report.best().orElseThrow().nodeIds()).contains("b").doesNotContain("a");
    assertThat(reason(report, "a")).isEqualTo(Reason.EXCLUDED);

    Constraints office =
        new Constraints(
            Objective.LATENCY,
            1,
            9,
            Set.of(),
            Set.of(),
            Map.of("room", "office"),
            Set.of(NodeRole.GATEWAY),
            true,
            512,
            1,
            0,
            16);
    PlanReport inOffice = Planner.plan(topology, MODEL, office);
    assertThat(order(inOffice.best().orElseThrow())).containsExactly("office");
    assertThat(inOffice.best().orElseThrow().prediction().basis()).isEqualTo(CostBasis.ASSUMED);
    assertThat(reason(inOffice, "a")).isEqualTo(Reason.ROLE);
  }

  @Test
  void saysWhyThereIsNoPlan() {
    Topology topology = meshed(1, node("a", 0.5, 1), node("b", 0.5, 1));
    PlanReport memory = Planner.plan(topology, MODEL, Constraints.DEFAULT);
    assertThat(memory.plans()).isEmpty();
    assertThat(memory.rejections().getLast().detail())
        .isEqualTo("it needs 2.36 GiB, and 2 nodes lend 1.00 GiB together");

    PlanReport count = Planner.plan(topology, MODEL, Constraints.DEFAULT.withNodes(3, 3));
    assertThat(reason(count, "model")).isEqualTo(Reason.NODE_COUNT);

    PlanReport unknown =
        Planner.plan(topology, MODEL, Constraints.DEFAULT.withPinned(Set.of("c"), Set.of()));
    assertThat(unknown.plans()).isEmpty();
    assertThat(reason(unknown, "c")).isEqualTo(Reason.UNKNOWN_NODE);

    Topology empty = new Topology(List.of(), List.of());
    assertThat(Planner.plan(empty, MODEL, Constraints.DEFAULT).plans()).isEmpty();

    Topology apart = new Topology(List.of(node("a", 2, 1), node("b", 2, 1)), List.of());
    assertThat(reason(Planner.plan(apart, MODEL, Constraints.DEFAULT), "model"))
        .isEqualTo(Reason.MEMORY);
  }

  @Test
  void replicatesWhatFitsSeveralTimes() {
    Topology topology =
        meshed(1, node("a", 4, 1), node("b", 4, 2), node("c", 1.5, 2), node("d", 1.5, 2));
    Constraints throughput =
        Constraints.DEFAULT.withObjective(Objective.THROUGHPUT).withSessions(8, 1024);
    ReplicaPlan plan = Planner.replicate(topology, MODEL, throughput, 8);

    assertThat(plan.replicas()).hasSize(2);
    assertThat(plan.replicas().stream().flatMap(each -> each.nodeIds().stream()))
        .containsExactlyInAnyOrder("a", "b", "c", "d");
    assertThat(Planner.replicate(topology, MODEL, throughput, 1).throughput())
        .isLessThan(plan.throughput());
  }

  @Test
  void everyPlanIsOneThatCouldBeCarriedOut() {
    System.out.println("flotilla.seed=" + seed);
    for (int i = 0; i < 200; i++) {
      long caseSeed = seed + i;
      SplittableRandom random = new SplittableRandom(caseSeed);
      RandomSwarm swarm = new RandomSwarm(random);
      ModelShape model = swarm.model(1 + random.nextInt(40));
      Topology topology = swarm.topology(1 + random.nextInt(20), model, 0.05 + random.nextDouble());
      Constraints constraints = swarm.constraints(topology);
      PlanReport report = Planner.plan(topology, model, constraints);

      assertThat(Planner.plan(topology, model, constraints))
          .as("the same again in case %d", caseSeed)
          .isEqualTo(report);
      for (Plan plan : report.plans()) {
        assertIsLegal(plan, topology, model, constraints, caseSeed);
        assertThat(Planner.predict(topology, model, constraints, layers(plan)))
            .as("the same as somebody's own in case %d", caseSeed)
            .isEqualTo(plan);
      }
      Set<String> best = report.best().map(Plan::nodeIds).orElse(Set.of());
      if (!best.isEmpty()) {
        Set<String> explained =
            report.rejections().stream().map(Rejection::option).collect(Collectors.toSet());
        explained.addAll(best);
        assertThat(explained)
            .as("nodes accounted for in case %d", caseSeed)
            .hasSize(topology.nodes().size());
      }
    }
  }

  private static SequencedMap<String, LayerRange> layers(Plan plan) {
    SequencedMap<String, LayerRange> layers = new LinkedHashMap<>();
    plan.stages().forEach(stage -> layers.put(stage.nodeId(), stage.layers()));
    return layers;
  }

  private static void assertIsLegal(
      Plan plan, Topology topology, ModelShape model, Constraints constraints, long caseSeed) {
    Map<String, Long> rooms = new HashMap<>();
    topology.nodes().forEach(node -> rooms.put(node.nodeId(), node.memory().usableBytes()));
    Set<String> seen = new HashSet<>();
    int next = 0;
    for (Plan.Stage stage : plan.stages()) {
      LayerRange layers = stage.layers();
      assertThat(layers.from()).as("stages join in case %d", caseSeed).isEqualTo(next);
      assertThat(next == 0 || model.cuts().contains(next)).isTrue();
      assertThat(seen.add(stage.nodeId())).as("one stage per node in case %d", caseSeed).isTrue();
      assertThat(stage.memory().totalBytes())
          .as("memory in case %d", caseSeed)
          .isLessThanOrEqualTo(rooms.getOrDefault(stage.nodeId(), 0L));
      next = layers.to();
    }
    assertThat(next).isEqualTo(model.layers());
    assertThat(seen).containsAll(constraints.pinned());
    assertThat(seen.size()).isBetween(constraints.minNodes(), constraints.maxNodes());
    assertThat(plan.prediction().tokenSeconds()).isFinite();
  }

  @Test
  void constraintsAndSettingsRefuseNonsense() {
    assertThatThrownBy(() -> Constraints.DEFAULT.withNodes(3, 2)).hasMessage("from 3 to 2 nodes");
    assertThatThrownBy(() -> Constraints.DEFAULT.withPinned(Set.of("a"), Set.of("a")))
        .hasMessageContaining("one node is both");
    assertThatThrownBy(() -> new Link("a", "a", 0, 1, 0, 0, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Link("a", "b", 0, 1, 1, 0, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ShardSetting.parse("many"))
        .hasMessage("'many' is neither auto, off nor a number of stages");
    assertThatThrownBy(() -> ShardSetting.parse("0")).hasMessageContaining("1 to 1024");
  }

  @Test
  void shardSettingsBecomeNodeCounts() {
    assertThat(ShardSetting.parse("auto").applyTo(Constraints.DEFAULT))
        .isEqualTo(Constraints.DEFAULT);
    assertThat(ShardSetting.parse("off").applyTo(Constraints.DEFAULT).maxNodes()).isEqualTo(1);
    assertThat(ShardSetting.parse("3").applyTo(Constraints.DEFAULT))
        .isEqualTo(Constraints.DEFAULT.withNodes(3, 3));
  }
}
