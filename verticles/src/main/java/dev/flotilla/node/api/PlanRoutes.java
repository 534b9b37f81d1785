package dev.flotilla.node.api;

import dev.flotilla.node.instances.PlacementWish;
import dev.flotilla.sharding.plan.Constraints;
import dev.flotilla.sharding.plan.ModelShape;
import dev.flotilla.sharding.plan.Planner;
import dev.flotilla.sharding.plan.Topology;
import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code /topology}, and {@code /instance/previews}: how a model could run; as exo has them. */
final class PlanRoutes {
  private static final int MAX_TOKENS = 1 << 24;

  private final Vertx vertx;
  private final Optional<SwarmPlanning> joined;

  PlanRoutes(Vertx vertx, Optional<SwarmPlanning> joined) {
    this.vertx = vertx;
    this.joined = joined;
  }

  List<Endpoint> endpoints() {
    return List.of(
        Endpoint.get("/topology", this::topology),
        Endpoint.get("/instance/previews", this::previews));
  }

  private SwarmPlanning swarm() {
    return joined.orElseThrow(() ->
        new ApiException(
            ApiFailure.ROUTE_UNKNOWN,
            "This node belongs to no swarm: start it with --p2p or a token."));
  }

  private void topology(RoutingContext ctx) {
    Responses.json(ctx, PlanJson.of(swarm().topology(), swarm().reports(), swarm().names()));
  }

  private void previews(RoutingContext ctx) {
    SwarmPlanning swarm = swarm();
    Map<String, String> names = swarm.names();
    Fields fields = InstanceRequests.fields(ctx.queryParams());
    PlacementWish wish = new InstanceRequests(new NodeNames(names)).wish(fields);
    ModelShape model = model(swarm, wish.modelId());
    Topology topology = swarm.planned();
    Constraints constraints = constraints(fields, wish, swarm.nodeId(), topology);
    vertx
        .executeBlocking(() -> Planner.plan(topology, model, constraints), false)
        .onSuccess(report -> Responses.json(ctx, PlanJson.of(model.id(), report, names)))
        .onFailure(ctx::fail);
  }

  private static ModelShape model(SwarmPlanning swarm, String id) {
    return swarm
        .shape(id)
        .orElseThrow(() ->
            new ApiException(
                ApiFailure.MODEL_UNKNOWN,
                "This node has no model of that name: ask a node that serves it (/v1/models)."));
  }

  /** The node that is asked drives the pipeline, as it has the model. */
  private static Constraints constraints(
      Fields fields, PlacementWish wish, String own, Topology topology) {
    if (wish.nodes().excluded().contains(own)) {
      throw fields.invalid(
          "exclude_node_ids",
          "'exclude_node_ids' names this node, which begins what it plans: ask another.");
    }
    return wish.constraints(own, topology)
        .withSessions(
            fields.integer("slots", 1, 1, PlacementWish.MAX_NODES),
            fields.integer("context", 4096, 1, MAX_TOKENS));
  }
}
