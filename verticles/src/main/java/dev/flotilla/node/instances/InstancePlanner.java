package dev.flotilla.node.instances;

import dev.flotilla.federation.state.Placement;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.node.topology.ModelOffer;
import dev.flotilla.node.topology.NodeReport;
import dev.flotilla.sharding.plan.Constraints;
import dev.flotilla.sharding.plan.ModelShape;
import dev.flotilla.sharding.plan.Objective;
import dev.flotilla.sharding.plan.Plan;
import dev.flotilla.sharding.plan.PlanReport;
import dev.flotilla.sharding.plan.Planner;
import dev.flotilla.sharding.plan.Rejection;
import dev.flotilla.sharding.plan.Topology;
import dev.flotilla.tokens.NodeId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Where a pipeline of a model is to be: planned, or planned by somebody else and checked. Pure. */
final class InstancePlanner {
  /** The most heads that a pipeline is planned for: those with the most room. */
  static final int MAX_HEADS = 8;

  private final SwarmView view;
  private final ModelShape shape;
  private final ModelOffer model;

  /**
   * @param model the file that the model's name means
   * @param shape of that file
   */
  InstancePlanner(SwarmView view, ModelOffer model, ModelShape shape) {
    this.view = view;
    this.model = model;
    this.shape = shape;
  }

  /** The best plans of all heads, and why there are no others. */
  PlanReport plan(PlacementWish wish) {
    return plan(wish, "");
  }

  /**
   * The same, of what is to take a pipeline's place.
   *
   * @param replaced the pipeline: its head may drive both; empty for none
   */
  PlanReport plan(PlacementWish wish, String replaced) {
    List<Rejection> rejections = new ArrayList<>();
    List<Plan> plans = new ArrayList<>();
    for (String head : heads(wish, replaced, rejections)) {
      Topology topology = view.topology(head);
      PlanReport report = Planner.plan(topology, shape, constraints(wish, head, topology));
      plans.addAll(report.plans());
      rejections.addAll(report.rejections());
    }
    plans.sort(order(wish.objective()));
    return new PlanReport(
        plans.stream().limit(Planner.MAX_PLANS).toList(), rejections.stream().distinct().toList());
  }

  private static Comparator<Plan> order(Objective objective) {
    return switch (objective) {
      case LATENCY -> Comparator.comparingDouble(plan -> plan.prediction().tokenSeconds());
      case THROUGHPUT -> Comparator.comparingDouble(plan -> -plan.prediction().throughput());
    };
  }

  private List<String> heads(PlacementWish wish, String replaced, List<Rejection> rejections) {
    List<String> heads = new ArrayList<>();
    view.owners(model.id())
        .forEach((node, offer) -> {
          Optional<String> problem =
              wish.allowsHead(node)
                  ? headProblem(node, offer, replaced)
                  : Optional.of("it is not to be used");
          problem
              .map(detail -> new Rejection(node, Rejection.Reason.EXCLUDED, detail))
              .or(() -> unlabelled(wish, node))
              .ifPresentOrElse(rejections::add, () -> heads.add(node));
        });
    heads.sort(Comparator.comparingLong(node -> -view.roomBytes(node)));
    return heads.stream().limit(MAX_HEADS).toList();
  }

  private Optional<Rejection> unlabelled(PlacementWish wish, String node) {
    NodeReport report = view.reports().get(node);
    return report == null
        ? Optional.empty()
        : Rejection.unlabelled(node, report.labels(), wish.nodes().labels());
  }

  private Optional<String> headProblem(String node, ModelOffer offer, String replaced) {
    if (!offer.digest().equals(model.digest())) {
      return Optional.of("its file of that name is another one");
    }
    if (offer.served()) {
      return Optional.of("it serves the model anyway, as it was started with it");
    }
    return view.state().isDriving(node, model.id(), replaced)
        ? Optional.of("it drives a pipeline of the model already")
        : Optional.empty();
  }

  /** What plans that begin at a node honour. */
  Constraints constraints(PlacementWish wish, String head, Topology topology) {
    return sessions(head, wish.constraints(head, topology));
  }

  /** A pipeline has the sessions that its head was started for. */
  private Constraints sessions(String head, Constraints constraints) {
    ModelOffer own = view.owners(model.id()).getOrDefault(head, model);
    return constraints.withSessions(own.slots(), own.contextTokens());
  }

  /** A plan as it is to be carried out. */
  static Placement placement(String pipelineId, PlacementWish wish, Plan plan) {
    return new Placement(
        pipelineId, wish.modelId(), stages(plan), wish.onDemand(), Placement.Status.PLACED, "");
  }

  /** A plan's stages as they are decided on. */
  static List<Placement.StageAt> stages(Plan plan) {
    return plan.stages().stream()
        .map(stage ->
            new Placement.StageAt(
                stage.nodeId(),
                stage.layers().from(),
                stage.layers().to(),
                stage.memory().totalBytes()))
        .toList();
  }

  /**
   * Somebody's plan as it is to be carried out.
   *
   * @throws InstanceException that names the stage that can't be so
   */
  Placement placement(String pipelineId, List<StageWish> stages) {
    if (stages.isEmpty() || stages.size() > PlacementWish.MAX_NODES) {
      throw invalid(
          "instance.stages", "there are 1 to %d stages".formatted(PlacementWish.MAX_NODES));
    }
    Map<String, ModelOffer> owners = view.owners(model.id());
    Set<String> nodes = new HashSet<>();
    List<Placement.StageAt> placed = new ArrayList<>();
    int next = 0;
    for (StageWish stage : stages) {
      String field = "instance.stages[%d]".formatted(placed.size());
      requireMember(stage, field, nodes);
      if (placed.isEmpty()) {
        requireHead(stage, field, owners);
      } else {
        requireLent(stage, field);
      }
      requireLayers(stage, field, next);
      placed.add(priced(stage, stages.getFirst().nodeId(), field));
      next = stage.to();
    }
    if (next != shape.layers()) {
      throw invalid(
          "instance.stages[%d].to".formatted(stages.size() - 1),
          "the last stage ends at layer %d of %d".formatted(next, shape.layers()));
    }
    return new Placement(pipelineId, model.id(), placed, false, Placement.Status.PLACED, "");
  }

  private void requireMember(StageWish stage, String field, Set<String> before) {
    if (!view.state().members().containsKey(stage.nodeId())) {
      throw invalid(field + ".node", "no node has this id; /api/nodes lists them");
    }
    if (!before.add(stage.nodeId())) {
      throw invalid(field + ".node", "a node has one stage of a pipeline at most");
    }
  }

  private void requireHead(StageWish stage, String field, Map<String, ModelOffer> owners) {
    ModelOffer offer = owners.get(stage.nodeId());
    if (offer == null) {
      throw invalid(field + ".node", "the first stage's node must have the model's file");
    }
    headProblem(stage.nodeId(), offer, "")
        .ifPresent(problem -> {
          throw new InstanceException(
              InstanceFailure.CONFLICT, field + ".node", "the node can't drive it: " + problem);
        });
  }

  private void requireLent(StageWish stage, String field) {
    if (view.offers().keySet().stream().map(NodeId::hex).noneMatch(stage.nodeId()::equals)) {
      throw invalid(field + ".node", "the node lends nothing to others' models now");
    }
  }

  private void requireLayers(StageWish stage, String field, int next) {
    if (stage.from() != next) {
      throw invalid(field + ".from", "the stage begins at layer %d".formatted(next));
    }
    if (stage.to() <= stage.from() || stage.to() > shape.layers()) {
      throw invalid(
          field + ".to",
          "the stage ends behind its beginning, at layer %d at most".formatted(shape.layers()));
    }
    if (stage.to() < shape.layers() && !shape.cuts().contains(stage.to())) {
      throw invalid(field + ".to", "the model can't be cut before layer %d".formatted(stage.to()));
    }
  }

  private Placement.StageAt priced(StageWish stage, String head, String field) {
    long bytes =
        Planner.memory(
                shape,
                new LayerRange(stage.from(), stage.to()),
                sessions(head, Constraints.DEFAULT))
            .totalBytes();
    long room = view.roomBytes(stage.nodeId());
    if (bytes > room) {
      throw new InstanceException(
          InstanceFailure.NO_PLAN,
          field + ".node",
          "the stage takes %d bytes, the node has %d left".formatted(bytes, room));
    }
    return new Placement.StageAt(stage.nodeId(), stage.from(), stage.to(), bytes);
  }

  private static InstanceException invalid(String field, String message) {
    return new InstanceException(InstanceFailure.INVALID, field, "'" + field + "': " + message);
  }
}
