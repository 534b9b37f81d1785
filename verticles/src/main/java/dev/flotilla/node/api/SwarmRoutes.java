package dev.flotilla.node.api;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code /node_id} and {@code /api/nodes} (as exo and LocalAI have them), and for administrators
 * {@code /api/p2p/token}, {@code /invite}, {@code /revoke}, {@code /rotate}, and {@code
 * /api/drain}.
 */
final class SwarmRoutes {
  private static final int DEFAULT_INVITE_SECONDS = 7 * 24 * 3600;
  private static final int MAX_INVITE_SECONDS = 365 * 24 * 3600;
  private static final int MAX_INVITE_USES = 10_000;
  private static final int DEFAULT_OVERLAP_SECONDS = 24 * 3600;
  private static final int MAX_OVERLAP_SECONDS = 30 * 24 * 3600;

  private final Optional<SwarmAdmin> joined;
  private final RequestBodies bodies;

  SwarmRoutes(Optional<SwarmAdmin> joined, RequestBodies bodies) {
    this.joined = joined;
    this.bodies = bodies;
  }

  List<Endpoint> endpoints() {
    return List.of(
        Endpoint.get("/node_id", this::nodeId),
        Endpoint.get("/api/nodes", this::nodes),
        Endpoint.get("/api/p2p/token", this::token, "/p2p/token").forAdministrators(),
        Endpoint.post("/api/p2p/invite", this::invite).forAdministrators(),
        Endpoint.post("/api/p2p/revoke", this::revoke).forAdministrators(),
        Endpoint.post("/api/p2p/rotate", this::rotate).forAdministrators(),
        Endpoint.post("/api/drain", this::drain).forAdministrators());
  }

  private SwarmAdmin swarm() {
    return of(joined);
  }

  /** The swarm, or the refusal of a node that belongs to none. */
  static SwarmAdmin of(Optional<SwarmAdmin> joined) {
    return joined.orElseThrow(() ->
        new ApiException(
            ApiFailure.ROUTE_UNKNOWN,
            "This node belongs to no swarm: start it with --p2p or a token."));
  }

  private void nodeId(RoutingContext ctx) {
    Responses.json(ctx, Json.encodeToBuffer(swarm().nodeId()));
  }

  private void nodes(RoutingContext ctx) {
    JsonArray nodes = new JsonArray();
    swarm().members().forEach(member -> nodes.add(describe(member)));
    Responses.json(ctx, nodes.toBuffer());
  }

  private static JsonObject describe(SwarmAdmin.Member member) {
    JsonObject node =
        new JsonObject()
            .put("id", member.id())
            .put("name", member.name())
            .put("role", member.role())
            .put(
                "addresses",
                new JsonObject()
                    .put("cluster", member.cluster())
                    .put("link", member.link())
                    .put("api", member.api()))
            .put("version", member.version())
            .put("since", member.sinceSeconds())
            .put("labels", new JsonObject(Map.copyOf(member.labels())));
    member.roundTripMillis().ifPresent(millis -> node.put("round_trip_ms", millis));
    return node;
  }

  private void token(RoutingContext ctx) {
    swarm()
        .token()
        .onSuccess(
            token -> Responses.end(ctx, 200, "text/plain; charset=utf-8", Buffer.buffer(token)))
        .onFailure(ctx::fail);
  }

  private void invite(RoutingContext ctx) {
    bodies
        .parse(
            ctx,
            fields ->
                new Wanted(
                    fields.text("role").orElse("worker"),
                    fields.integer(
                        "expires_seconds", DEFAULT_INVITE_SECONDS, 60, MAX_INVITE_SECONDS),
                    fields.integer("uses", 1, 1, MAX_INVITE_USES)))
        .compose(wanted ->
            swarm().invite(wanted.role(), Duration.ofSeconds(wanted.seconds()), wanted.uses()))
        .onSuccess(invite -> Responses.json(ctx, new JsonObject().put("invite", invite)))
        .onFailure(ctx::fail);
  }

  private record Wanted(String role, int seconds, int uses) {}

  private void revoke(RoutingContext ctx) {
    bodies
        .parse(
            ctx,
            fields ->
                new Expelled(
                    fields.requiredText("node"), fields.text("reason").orElse("no reason given")))
        .compose(expelled -> swarm().revoke(expelled.node(), expelled.reason()))
        .onSuccess(knowsToken ->
            Responses.json(
                ctx, new JsonObject().put("revoked", true).put("knows_token", knowsToken)))
        .onFailure(ctx::fail);
  }

  private record Expelled(String node, String reason) {}

  private void rotate(RoutingContext ctx) {
    bodies
        .parse(
            ctx,
            fields ->
                fields.integer("overlap_seconds", DEFAULT_OVERLAP_SECONDS, 0, MAX_OVERLAP_SECONDS))
        .compose(seconds -> swarm().rotate(Duration.ofSeconds(seconds)))
        .onSuccess(token -> Responses.json(ctx, new JsonObject().put("token", token)))
        .onFailure(ctx::fail);
  }

  private void drain(RoutingContext ctx) {
    bodies
        .parse(ctx, fields -> fields.flag("draining", true))
        .map(leaving ->
            new JsonObject().put("draining", leaving).put("sessions", swarm().drain(leaving)))
        .onSuccess(state -> Responses.json(ctx, state))
        .onFailure(ctx::fail);
  }
}
