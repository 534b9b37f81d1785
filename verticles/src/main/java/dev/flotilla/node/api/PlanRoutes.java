package dev.flotilla.node.api;

import dev.flotilla.sharding.plan.Constraints;
import dev.flotilla.sharding.plan.ModelShape;
import dev.flotilla.sharding.plan.Objective;
import dev.flotilla.sharding.plan.Planner;
import dev.flotilla.sharding.plan.Topology;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code /topology}, and {@code /instance/previews}: how a model could run; as exo has them. */
final class PlanRoutes {
  private static final int MAX_NODES = 1024;
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
    Responses.json(ctx, PlanJson.of(swarm().topology(), swarm().names()));
  }

  private void previews(RoutingContext ctx) {
    SwarmPlanning swarm = swarm();
    MultiMap query = ctx.queryParams();
    ModelShape model = model(swarm, query.get("model_id"));
    Topology topology = swarm.planned();
    Map<String, String> names = swarm.names();
    Constraints constraints = constraints(query, swarm.nodeId(), topology);
    vertx
        .executeBlocking(() -> Planner.plan(topology, model, constraints), false)
        .onSuccess(report -> Responses.json(ctx, PlanJson.of(model.id(), report, names)))
        .onFailure(ctx::fail);
  }

  private static ModelShape model(SwarmPlanning swarm, @Nullable String id) {
    if (id == null) {
      throw invalid("model_id", "says which model is to be planned");
    }
    return swarm
        .shape(id)
        .orElseThrow(() ->
            new ApiException(
                ApiFailure.MODEL_UNKNOWN,
                "This node has no model of that name: ask a node that serves it (/v1/models)."));
  }

  /** The node that is asked drives the pipeline, as it has the model. */
  private static Constraints constraints(MultiMap query, String own, Topology topology) {
    int min = number(query, "min_nodes", 1, MAX_NODES);
    int max = query.contains("max_nodes") ? number(query, "max_nodes", 1, MAX_NODES) : MAX_NODES;
    if (max < min) {
      throw invalid("max_nodes", "is less than min_nodes");
    }
    Constraints constraints =
        Constraints.DEFAULT
            .withNodes(min, max)
            .withObjective(objective(query.get("objective")))
            .withSessions(
                number(query, "slots", 1, MAX_NODES), number(query, "context", 4096, MAX_TOKENS));
    return constraints.withPinned(Set.of(own), excluded(query, own, topology));
  }

  /** With {@code node_ids}, all others. */
  private static Set<String> excluded(MultiMap query, String own, Topology topology) {
    List<String> wanted = query.getAll("node_ids");
    if (wanted.isEmpty()) {
      return Set.of();
    }
    Set<String> excluded =
        topology.nodes().stream().map(node -> node.nodeId()).collect(Collectors.toSet());
    Set<String> unknown = new HashSet<>(wanted);
    unknown.removeAll(excluded);
    if (!unknown.isEmpty()) {
      throw invalid("node_ids", "names a node that is not there; /topology lists them");
    }
    excluded.removeAll(wanted);
    excluded.remove(own);
    return excluded;
  }

  private static Objective objective(@Nullable String text) {
    return switch (text) {
      case null -> Objective.LATENCY;
      case "latency" -> Objective.LATENCY;
      case "throughput" -> Objective.THROUGHPUT;
      default -> throw invalid("objective", "is latency or throughput");
    };
  }

  private static int number(MultiMap query, String name, int preset, int most) {
    String text = query.get(name);
    if (text == null) {
      return preset;
    }
    if (!text.matches("[0-9]{1,9}")
        || Integer.parseInt(text) < 1
        || Integer.parseInt(text) > most) {
      throw invalid(name, "is a number from 1 to " + most);
    }
    return Integer.parseInt(text);
  }

  private static ApiException invalid(String name, String problem) {
    return new ApiException(ApiFailure.INVALID_REQUEST, "'" + name + "' " + problem + ".");
  }
}
