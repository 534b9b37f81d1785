package dev.flotilla.node.topology;

import dev.flotilla.engine.ComputeDevices;
import dev.flotilla.sharding.plan.LayerCost;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Takes machines that are built alike, and were measured nearly as fast as each other, for equally
 * fast. Of such a difference most is chance, and a lone stream loses next to nothing by either way
 * of cutting: a planner that believed it would give one machine three times the layers of its twin,
 * to the loss of prompts and of many streams.
 */
final class AlikeMachines {
  /** How many times as slow as its twin a machine may look by chance. */
  private static final double CHANCE = 1.25;

  /** How a machine is built. */
  private record Build(String platform, int cores, ComputeDevices devices) {
    static Build of(NodeReport report) {
      return new Build(report.platform(), report.cores(), report.devices());
    }

    /** Of no known build is one that has not told what it computes with. */
    boolean isKnown() {
      return !devices.equals(ComputeDevices.UNKNOWN);
    }
  }

  /** What is measured alike: a model's layers on machines of one build. */
  private record Kind(Build build, String costKey) {}

  private record Measured(String node, LayerCost cost) {}

  /** One that was measured, and what. */
  private record Which(String node, String costKey) {}

  private final Map<Which, LayerCost> means = new HashMap<>();

  /** Of what nodes say of themselves, by node id. */
  AlikeMachines(Map<String, NodeReport> reports) {
    Map<Kind, List<Measured>> twins = new HashMap<>();
    reports.forEach((node, report) -> {
      Build build = Build.of(report);
      if (build.isKnown()) {
        report
            .layerCosts()
            .forEach((key, cost) ->
                twins
                    .computeIfAbsent(new Kind(build, key), _ -> new ArrayList<>())
                    .add(new Measured(node, cost)));
      }
    });
    twins.forEach((kind, measured) ->
        groups(measured)
            .forEach(group -> {
              LayerCost mean = mean(group);
              group.forEach(each -> means.put(new Which(each.node(), kind.costKey()), mean));
            }));
  }

  /** Whether machines are known to be built alike. */
  static boolean areTwins(Collection<NodeReport> reports) {
    List<Build> builds = reports.stream().map(Build::of).distinct().toList();
    return builds.size() == 1 && builds.getFirst().isKnown();
  }

  /** What a node's layers cost, by {@link dev.flotilla.sharding.plan.ModelShape#costKey}. */
  Map<String, LayerCost> layerCosts(String node, NodeReport report) {
    Map<String, LayerCost> costs = new HashMap<>(report.layerCosts());
    costs.replaceAll((key, cost) -> means.getOrDefault(new Which(node, key), cost));
    return costs;
  }

  /** Those that chance may set apart, each group from its fastest on. */
  private static List<List<Measured>> groups(List<Measured> measured) {
    List<List<Measured>> groups = new ArrayList<>();
    measured.stream()
        .sorted(
            Comparator.comparingDouble((Measured each) -> each.cost().decodeSeconds())
                .thenComparing(Measured::node))
        .forEach(each -> {
          if (groups.isEmpty() || !alike(groups.getLast().getFirst().cost(), each.cost())) {
            groups.add(new ArrayList<>());
          }
          groups.getLast().add(each);
        });
    return groups;
  }

  private static boolean alike(LayerCost one, LayerCost other) {
    return near(one.decodeSeconds(), other.decodeSeconds())
        && near(one.prefillSecondsPerToken(), other.prefillSecondsPerToken());
  }

  private static boolean near(double one, double other) {
    return Math.max(one, other) <= CHANCE * Math.min(one, other);
  }

  private static LayerCost mean(List<Measured> group) {
    return new LayerCost(
        group.getFirst().cost().activeBytes(),
        group.stream().mapToDouble(each -> each.cost().prefillSecondsPerToken()).sum()
            / group.size(),
        group.stream().mapToDouble(each -> each.cost().decodeSeconds()).sum() / group.size());
  }
}
