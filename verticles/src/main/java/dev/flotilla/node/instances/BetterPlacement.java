package dev.flotilla.node.instances;

import dev.flotilla.federation.scaling.Rebalance;
import dev.flotilla.federation.state.Placement;
import dev.flotilla.federation.state.Placement.StageAt;
import dev.flotilla.federation.state.Terms;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.node.placement.Change.Recut;
import dev.flotilla.node.placement.Seat;
import dev.flotilla.node.placement.UsableMachines;
import dev.flotilla.node.topology.ModelOffer;
import dev.flotilla.node.topology.NodeReport;
import dev.flotilla.sharding.plan.Link;
import dev.flotilla.sharding.plan.ModelShape;
import dev.flotilla.sharding.plan.Plan;
import dev.flotilla.sharding.plan.Plan.Prediction;
import dev.flotilla.sharding.plan.Planner;
import dev.flotilla.sharding.plan.Topology;
import dev.flotilla.tokens.NodeId;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Finds what could take the place of a pipeline that the swarm planned earlier: the best plan that
 * there is room for beside it, by the terms that it was asked for with. Only measured machines
 * count, and batteries only where it is on one. Pure.
 */
final class BetterPlacement {
  /** What is read from disk and sent to a GPU, where nothing was measured. */
  private static final double LOADED_BYTES_PER_SECOND = 5e8;

  private final SwarmView view;
  private final ModelOffer model;
  private final ModelShape shape;

  /**
   * In a swarm as it is now.
   *
   * @param model the file that the model's name means
   * @param shape of that file
   */
  BetterPlacement(SwarmView view, ModelOffer model, ModelShape shape) {
    this.view = view;
    this.model = model;
    this.shape = shape;
  }

  /**
   * A plan that is to be judged.
   *
   * @param stages in the order of the layers
   * @param gain by what is predicted
   */
  record Better(List<StageAt> stages, Rebalance gain) {
    Better {
      stages = List.copyOf(stages);
    }

    /** As the judge of changes takes it. */
    Recut change() {
      return new Recut(
          stages.stream()
              .map(stage ->
                  new Seat(
                      new LayerRange(stage.from(), stage.to()),
                      stage.memoryBytes(),
                      new NodeId(stage.nodeId())))
              .toList(),
          gain.speedup());
    }

    /** For people. */
    String reason() {
      return "answers should come %.2f times as fast; moving takes about %.0f s"
          .formatted(gain.speedup(), Math.ceil(gain.moveSeconds()));
    }
  }

  /**
   * The best plan, be it no better than what runs; empty if the pipeline stays where it was put,
   * does not serve, is being replaced, or is somewhere where nothing is known.
   */
  Optional<Better> find(Placement placement) {
    boolean movable =
        placement.status() == Placement.Status.READY && placement.replacement().isEmpty();
    return placement
        .terms()
        .filter(_ -> movable && isMeasured(placement.stages()))
        .flatMap(terms -> find(placement, terms));
  }

  /**
   * How many times the rate of answers would be what it is, once a pipeline's replacement has taken
   * the place; empty if that is not known.
   */
  Optional<Double> speedup(Placement placement) {
    Placement then = placement.replaced();
    return placement
        .terms()
        .filter(_ -> isMeasured(placement.stages()) && isMeasured(then.stages()))
        .map(terms ->
            seconds(terms, predicted(placement, terms)) / seconds(terms, predicted(then, terms)));
  }

  private Optional<Better> find(Placement placement, Terms terms) {
    InstancePlanner planner = new InstancePlanner(usable(placement), model, shape);
    double now = seconds(terms, predicted(placement, terms));
    PlacementWish wish = PlacementWish.inPlaceOf(placement, terms, heads(placement, terms));
    return planner
        .plan(wish, placement.pipelineId())
        .best()
        .map(plan ->
            new Better(
                InstancePlanner.stages(plan),
                new Rebalance(
                    now, seconds(terms, plan.prediction()), moveSeconds(placement, plan))));
  }

  /** Those where all sessions have as much room as now. */
  private Set<String> heads(Placement placement, Terms terms) {
    Map<String, ModelOffer> owners = view.owners(model.id());
    ModelOffer now = owners.getOrDefault(placement.head(), model);
    Set<String> heads = new HashSet<>(Set.of(placement.head()));
    owners.forEach((node, offer) -> {
      boolean allowed = terms.heads().isEmpty() || terms.heads().contains(node);
      if (allowed && offer.contextTokens() >= now.contextTokens() && offer.slots() >= now.slots()) {
        heads.add(node);
      }
    });
    return heads;
  }

  private Prediction predicted(Placement placement, Terms terms) {
    Topology topology = view.topology(placement.head());
    SequencedMap<String, LayerRange> layers = new LinkedHashMap<>();
    placement
        .stages()
        .forEach(stage -> layers.put(stage.nodeId(), new LayerRange(stage.from(), stage.to())));
    InstancePlanner planner = new InstancePlanner(view, model, shape);
    PlacementWish wish = PlacementWish.inPlaceOf(placement, terms, terms.heads());
    return Planner.predict(
            topology, shape, planner.constraints(wish, placement.head(), topology), layers)
        .prediction();
  }

  /** Between two tokens of what the pipeline is to be best at. */
  private static double seconds(Terms terms, Prediction prediction) {
    return terms.throughput() ? 1 / prediction.throughput() : prediction.tokenSeconds();
  }

  /** Whether all of its machines are there, and known. */
  private boolean isMeasured(List<StageAt> stages) {
    String head = stages.getFirst().nodeId();
    return view.reports().containsKey(head)
        && view.topology(head).nodes().stream()
            .filter(node -> shape.isMeasuredIn(node.layerCosts()))
            .map(node -> node.nodeId())
            .collect(Collectors.toSet())
            .containsAll(nodes(stages));
  }

  private static Set<String> nodes(List<StageAt> stages) {
    return stages.stream().map(StageAt::nodeId).collect(Collectors.toSet());
  }

  /** The swarm without what is not measured, and without batteries that the pipeline is not on. */
  private SwarmView usable(Placement placement) {
    UsableMachines usable = new UsableMachines(shape, nodes(placement.stages()));
    Map<String, NodeReport> reports = new LinkedHashMap<>();
    view.reports()
        .forEach((node, report) -> {
          if (usable.include(node, report.power(), report.layerCosts())) {
            reports.put(node, report);
          }
        });
    return view.with(reports);
  }

  /** Stages are fetched from the head one after the other, at worst, and load side by side. */
  private double moveSeconds(Placement placement, Plan plan) {
    String head = plan.stages().getFirst().nodeId();
    Map<String, Double> rates =
        view.topology(head).links().stream()
            .filter(link -> link.from().equals(head))
            .collect(Collectors.toMap(Link::to, Link::bytesPerSecond, Math::max));
    double fetching = 0;
    double loading = 0;
    for (Plan.Stage stage : plan.stages()) {
      double bytes = stage.memory().weightBytes();
      loading = Math.max(loading, bytes / LOADED_BYTES_PER_SECOND);
      if (!stage.nodeId().equals(head) && !isThere(placement, stage)) {
        fetching += bytes / rates.getOrDefault(stage.nodeId(), LOADED_BYTES_PER_SECOND);
      }
    }
    return fetching + loading;
  }

  /** What a node runs already it has on disk. */
  private static boolean isThere(Placement placement, Plan.Stage stage) {
    return placement.stages().stream()
        .anyMatch(each ->
            each.nodeId().equals(stage.nodeId())
                && each.from() == stage.layers().from()
                && each.to() == stage.layers().to());
  }
}
