package dev.flotilla.node.api;

import dev.flotilla.federation.state.Placement;
import dev.flotilla.federation.state.ReplicaCount;
import dev.flotilla.node.instances.Instances;
import dev.flotilla.node.instances.Instances.Asked;
import dev.flotilla.node.instances.PlacementWish;
import dev.flotilla.node.instances.StageWish;
import dev.flotilla.node.instances.Stamp;
import dev.flotilla.node.topology.ModelOffer;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Pipelines that the swarm decides on: {@code /place_instance}, {@code /instance}; as exo has them.
 */
final class InstanceRoutes {
  private final Optional<Instances> joined;
  private final RequestBodies bodies;
  private final InstanceWaits waits;

  InstanceRoutes(Vertx vertx, Optional<Instances> joined, RequestBodies bodies) {
    this.joined = joined;
    this.bodies = bodies;
    this.waits = new InstanceWaits(vertx, joined);
  }

  /** Those of parts before those of names, which would take them for names. */
  List<Endpoint> endpoints() {
    return List.of(
        Endpoint.get("/instance/placement", this::placement),
        Endpoint.get("/instance/await", waits::await),
        Endpoint.post("/place_instance", this::plan).forAdministrators(),
        Endpoint.post("/instance", this::place).forAdministrators(),
        Endpoint.post("/api/replicas", this::replicas).forAdministrators(),
        Endpoint.get("/instance/{id}", this::show),
        Endpoint.delete("/instance/{id}", this::remove).forAdministrators());
  }

  /** Ends those that wait. */
  void close() {
    waits.close();
  }

  private Instances swarm() {
    return of(joined);
  }

  static Instances of(Optional<Instances> joined) {
    return joined.orElseThrow(() ->
        new ApiException(
            ApiFailure.ROUTE_UNKNOWN,
            "This node belongs to no swarm: start it with --p2p or a token."));
  }

  private InstanceRequests requests() {
    Map<String, String> names = new HashMap<>();
    swarm().history().state().members().forEach((id, member) -> names.put(id, member.name()));
    return new InstanceRequests(new NodeNames(names));
  }

  private void placement(RoutingContext ctx) {
    PlacementWish wish = requests().wish(ctx.queryParams());
    swarm()
        .preview(wish)
        .onSuccess(planned -> Responses.json(ctx, StateJson.of(planned.placement())))
        .onFailure(ctx::fail);
  }

  private record Plan(Stamp stamp, PlacementWish wish) {}

  private void plan(RoutingContext ctx) {
    InstanceRequests requests = requests();
    answer(
        ctx,
        bodies
            .parse(ctx, fields -> new Plan(InstanceRequests.stamp(fields), requests.wish(fields)))
            .compose(plan -> swarm().place(plan.stamp(), plan.wish())));
  }

  private record Decided(Stamp stamp, String modelId, List<StageWish> stages) {}

  private void place(RoutingContext ctx) {
    InstanceRequests requests = requests();
    answer(
        ctx,
        bodies
            .parse(
                ctx,
                fields ->
                    new Decided(
                        InstanceRequests.stamp(fields),
                        InstanceRequests.modelOf(fields),
                        requests.stages(fields)))
            .compose(plan -> swarm().place(plan.stamp(), plan.modelId(), plan.stages())));
  }

  private static void answer(RoutingContext ctx, Future<Asked> asked) {
    asked
        .map(done ->
            new JsonObject()
                .put("message", "The swarm has decided it; /instance/await tells when it serves.")
                .put("command_id", done.commandId())
                .put("instance_id", done.placement().pipelineId())
                .put("model_card", card(done.model()))
                .put("instance", StateJson.of(done.placement())))
        .onSuccess(body -> Responses.json(ctx, body))
        .onFailure(ctx::fail);
  }

  private static JsonObject card(ModelOffer model) {
    return new JsonObject()
        .put("model_id", model.id())
        .put("n_layers", model.layers())
        .put("storage_size", model.bytes());
  }

  private record Wanted(Stamp stamp, String modelId, ReplicaCount count) {}

  private void replicas(RoutingContext ctx) {
    bodies
        .parse(ctx, InstanceRoutes::wanted)
        .compose(
            wanted -> swarm().keep(wanted.stamp(), wanted.modelId(), wanted.count()).map(wanted))
        .map(wanted ->
            new JsonObject()
                .put("model_id", wanted.modelId())
                .put("min", wanted.count().min())
                .put("max", wanted.count().max()))
        .onSuccess(body -> Responses.json(ctx, body))
        .onFailure(ctx::fail);
  }

  private static Wanted wanted(Fields fields) {
    int min = fields.integer("min", 0, 0, PlacementWish.MAX_NODES);
    int max = fields.integer("max", Math.max(1, min), 1, PlacementWish.MAX_NODES);
    if (max < min) {
      throw fields.invalid("max", "'max' is less than min.");
    }
    return new Wanted(
        InstanceRequests.stamp(fields),
        fields.requiredText("model_id"),
        new ReplicaCount(min, max));
  }

  private void show(RoutingContext ctx) {
    String id = Endpoint.rest(ctx);
    Placement placement = swarm().history().state().placements().get(id);
    if (placement == null) {
      throw new ApiException(
          ApiFailure.INSTANCE_UNKNOWN,
          "The swarm has no such instance; /state/instances lists them.");
    }
    Responses.json(ctx, StateJson.of(placement));
  }

  private void remove(RoutingContext ctx) {
    String id = Endpoint.rest(ctx);
    MultiMap query = ctx.queryParams();
    if (id.isEmpty() || id.length() > 256) {
      throw new ApiException(ApiFailure.INSTANCE_UNKNOWN, "The swarm has no such instance.");
    }
    swarm()
        .unplace(InstanceRequests.stamp(query), id)
        .map(command ->
            new JsonObject()
                .put("message", "The swarm has decided it; its sessions may still end.")
                .put("command_id", command)
                .put("instance_id", id))
        .onSuccess(body -> Responses.json(ctx, body))
        .onFailure(ctx::fail);
  }
}
