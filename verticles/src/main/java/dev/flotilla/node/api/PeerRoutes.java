package dev.flotilla.node.api;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The members of the swarm in the shapes of LocalAI: {@code /api/p2p}, {@code /api/p2p/workers},
 * {@code /api/p2p/federation} and {@code /api/p2p/stats}. Nodes that left are not listed, so that
 * all that are listed are online.
 */
final class PeerRoutes {
  private static final String WORKER = "worker";

  private final Optional<SwarmAdmin> joined;

  PeerRoutes(Optional<SwarmAdmin> joined) {
    this.joined = joined;
  }

  List<Endpoint> endpoints() {
    return List.of(
        Endpoint.get("/api/p2p", this::peers),
        Endpoint.get("/api/p2p/workers", this::workers),
        Endpoint.get("/api/p2p/federation", this::federation),
        Endpoint.get("/api/p2p/stats", this::stats));
  }

  private void peers(RoutingContext ctx) {
    JsonArray workers = list(true, PeerRoutes::ledgerEntry);
    Responses.json(
        ctx,
        new JsonObject()
            .put("llama_cpp_nodes", workers)
            .put("nodes", workers)
            .put("federated_nodes", list(false, PeerRoutes::ledgerEntry))
            .put("mlx_nodes", new JsonArray()));
  }

  private void workers(RoutingContext ctx) {
    JsonArray workers = list(true, PeerRoutes::nodeEntry);
    Responses.json(
        ctx,
        new JsonObject()
            .put("llama_cpp", new JsonObject().put("nodes", workers))
            .put("mlx", new JsonObject().put("nodes", new JsonArray()))
            .put("nodes", workers));
  }

  private void federation(RoutingContext ctx) {
    Responses.json(ctx, new JsonObject().put("nodes", list(false, PeerRoutes::nodeEntry)));
  }

  private void stats(RoutingContext ctx) {
    Responses.json(
        ctx,
        new JsonObject()
            .put("llama_cpp_workers", count(members(true).size()))
            .put("federated", count(members(false).size()))
            .put("mlx_workers", count(0)));
  }

  private static JsonObject count(int nodes) {
    return new JsonObject().put("online", nodes).put("total", nodes);
  }

  private JsonArray list(boolean workers, Function<SwarmAdmin.Member, JsonObject> entry) {
    return new JsonArray(members(workers).stream().map(entry).toList());
  }

  private List<SwarmAdmin.Member> members(boolean workers) {
    return SwarmRoutes.of(joined).members().stream()
        .filter(member -> member.role().equals(WORKER) == workers)
        .toList();
  }

  private static JsonObject ledgerEntry(SwarmAdmin.Member member) {
    return new JsonObject()
        .put("Name", member.name())
        .put("ID", member.id())
        .put("TunnelAddress", member.link())
        .put("ServiceID", member.role())
        .put("LastSeen", Instant.now().toString());
  }

  private static JsonObject nodeEntry(SwarmAdmin.Member member) {
    return new JsonObject()
        .put("name", member.name())
        .put("id", member.id())
        .put("tunnelAddress", member.link())
        .put("serviceID", member.role())
        .put("lastSeen", Instant.now().toString())
        .put("isOnline", true);
  }
}
