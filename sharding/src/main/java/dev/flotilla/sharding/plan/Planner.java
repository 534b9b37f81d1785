package dev.flotilla.sharding.plan;

import dev.flotilla.gguf.LayerRange;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Chooses nodes, their order and the cuts together, for the least time by the {@link PipelineCost
 * cost model}: exactly among few nodes, nearly so among many. The same input gives the same plans.
 */
public final class Planner {

  /** Plans in a report. */
  public static final int MAX_PLANS = 10;

  /** Cutting among few nodes, where all are searched, and among the best of many. */
  private static final long EXACT_CUT_WORK = 4_000_000;

  private static final long CORE_CUT_WORK = 200_000;

  private Planner() {}

  /**
   * The best plans.
   *
   * @return plans that honour the constraints, the best first, and why other options aren't better
   */
  public static PlanReport plan(Topology topology, ModelShape model, Constraints constraints) {
    Eligibility eligible = Eligibility.of(topology, model, constraints);
    if (!eligible.canMeetPins()) {
      return new PlanReport(List.of(), eligible.rejections());
    }
    Search search = search(topology, eligible.nodes(), model, constraints);
    if (search.plans().isEmpty() && !eligible.reserve().isEmpty()) {
      List<NodeProfile> all = new ArrayList<>(eligible.nodes());
      all.addAll(eligible.reserve());
      search = search(topology, all, model, constraints);
    } else {
      eligible.rejectReserve();
    }
    List<Rejection> rejections = new ArrayList<>(eligible.rejections());
    rejections.addAll(new Explanation(search.problem(), search.layouts()).rejections());
    return new PlanReport(search.plans(), rejections);
  }

  /**
   * What a stage would take on any node.
   *
   * @param layers a range of the model's
   */
  public static Plan.MemoryNeed memory(
      ModelShape model, LayerRange layers, Constraints constraints) {
    Topology nowhere = new Topology(List.of(), List.of());
    return new Problem(nowhere, List.of(), model, constraints).need(layers.from(), layers.to());
  }

  /**
   * How somebody's own pipeline would do. Whether there is room for it, and whether the model may
   * be cut so, is not looked at.
   *
   * @param stages the layers of each node, in the order of the layers
   * @return with an infinite time where messages can't go
   * @throws IllegalArgumentException if a node is not in the topology, or the stages are not the
   *     model's layers in their order
   */
  public static Plan predict(
      Topology topology,
      ModelShape model,
      Constraints constraints,
      SequencedMap<String, LayerRange> stages) {
    Problem problem = new Problem(topology, topology.nodes(), model, constraints);
    List<String> ids = topology.nodes().stream().map(NodeProfile::nodeId).toList();
    int[] order = new int[stages.size()];
    int[] ends = new int[stages.size()];
    int next = 0;
    int stage = 0;
    for (Map.Entry<String, LayerRange> entry : stages.entrySet()) {
      LayerRange layers = entry.getValue();
      order[stage] = ids.indexOf(entry.getKey());
      if (order[stage] < 0) {
        throw new IllegalArgumentException("node %s is not there".formatted(entry.getKey()));
      }
      if (layers.from() != next) {
        throw new IllegalArgumentException(
            "layers %s of stage %d, which begins at %d".formatted(layers, stage, next));
      }
      next = layers.to();
      ends[stage++] = next;
    }
    if (next != problem.layers) {
      throw new IllegalArgumentException(
          "the stages end at layer %d of %d".formatted(next, problem.layers));
    }
    PipelineCost cost = new PipelineCost(problem);
    Layout layout = new Layout(order, ends, cost.roundSeconds(order, ends, problem.streams));
    return toPlan(problem, cost, layout);
  }

  /**
   * Pipelines side by side. For throughput, whatever lengths of pipeline give the most tokens per
   * second together; for latency, the best plan, then the best on the nodes that are left.
   *
   * @param maxReplicas pipelines at most
   */
  public static ReplicaPlan replicate(
      Topology topology, ModelShape model, Constraints constraints, int maxReplicas) {
    ReplicaPlan best = fill(topology, model, constraints, maxReplicas);
    if (constraints.objective() == Objective.LATENCY) {
      return best;
    }
    // Many short pipelines may do more than one long and fast one.
    int longest = best.replicas().stream().mapToInt(plan -> plan.stages().size()).max().orElse(0);
    for (int stages = constraints.minNodes(); stages < longest; stages++) {
      Constraints shorter = constraints.withNodes(constraints.minNodes(), stages);
      ReplicaPlan other = fill(topology, model, shorter, maxReplicas);
      best = other.throughput() > best.throughput() ? other : best;
    }
    return best;
  }

  private static ReplicaPlan fill(
      Topology topology, ModelShape model, Constraints constraints, int maxReplicas) {
    List<Plan> replicas = new ArrayList<>();
    Set<String> used = new HashSet<>(constraints.excluded());
    Set<String> pinned = constraints.pinned();
    while (replicas.size() < maxReplicas) {
      Constraints left = constraints.withPinned(pinned, used);
      Eligibility eligible = Eligibility.of(topology, model, left);
      if (!eligible.canMeetPins()) {
        break;
      }
      List<NodeProfile> nodes = new ArrayList<>(eligible.nodes());
      List<Plan> plans = search(topology, nodes, model, left).plans();
      if (plans.isEmpty()) {
        nodes.addAll(eligible.reserve());
        plans = search(topology, nodes, model, left).plans();
      }
      if (plans.isEmpty()) {
        break;
      }
      replicas.add(plans.getFirst());
      used.addAll(plans.getFirst().nodeIds());
      pinned = Set.of();
    }
    return new ReplicaPlan(replicas);
  }

  private record Search(Problem problem, List<Layout> layouts, List<Plan> plans) {}

  private static Search search(
      Topology topology, List<NodeProfile> nodes, ModelShape model, Constraints constraints) {
    Problem problem = new Problem(topology, nodes, model, constraints);
    Ranking ranking = new Ranking();
    if (!nodes.isEmpty()) {
      search(problem, ranking);
    }
    PipelineCost cost = new PipelineCost(problem);
    List<Layout> layouts = levelled(problem, ranking.best(MAX_PLANS));
    List<Plan> plans = layouts.stream().map(layout -> toPlan(problem, cost, layout)).toList();
    return new Search(problem, layouts, plans);
  }

  private static List<Layout> levelled(Problem problem, List<Layout> layouts) {
    LayerCuts cuts = new LayerCuts(problem);
    return problem.streams == 1 ? layouts.stream().map(cuts::levelled).toList() : layouts;
  }

  private static void search(Problem problem, Ranking ranking) {
    RelaxedCost relaxed = new RelaxedCost(problem, true);
    LayerCuts cuts = new LayerCuts(problem);
    boolean[] pinned = new boolean[problem.size()];
    for (int node = 0; node < pinned.length; node++) {
      pinned[node] = problem.constraints.pinned().contains(problem.nodes.get(node).nodeId());
    }
    long work = EXACT_CUT_WORK;
    int[] all = IntStream.range(0, problem.size()).toArray();
    if (all.length > ExactSearch.MAX_NODES) {
      new LocalSearch(problem, pinned, cuts).search(ranking);
      all = core(ranking, pinned);
      work = CORE_CUT_WORK;
    }
    if (all.length > 0 && all.length <= ExactSearch.MAX_NODES) {
      new ExactSearch(problem, all, pinned, relaxed, cuts, work).search(ranking);
    }
  }

  /** The nodes of the best pipelines, as many as can be searched exactly. */
  private static int[] core(Ranking ranking, boolean[] pinned) {
    Set<Integer> core = new LinkedHashSet<>();
    IntStream.range(0, pinned.length).filter(node -> pinned[node]).forEach(core::add);
    for (Layout layout : ranking.best(MAX_PLANS * 10)) {
      Set<Integer> more = new LinkedHashSet<>(core);
      IntStream.of(layout.order()).forEach(more::add);
      if (more.size() <= ExactSearch.MAX_NODES) {
        core = more;
      }
    }
    return core.stream().mapToInt(Integer::intValue).toArray();
  }

  private static Plan toPlan(Problem problem, PipelineCost cost, Layout layout) {
    List<Plan.Stage> stages = new ArrayList<>();
    for (int stage = 0; stage < layout.order().length; stage++) {
      int from = layout.from(stage);
      int to = layout.ends()[stage];
      stages.add(
          new Plan.Stage(
              problem.nodes.get(layout.order()[stage]).nodeId(),
              new LayerRange(from, to),
              problem.need(from, to)));
    }
    return new Plan(stages, cost.predict(layout));
  }
}
