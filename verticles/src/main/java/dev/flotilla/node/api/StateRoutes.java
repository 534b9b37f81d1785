package dev.flotilla.node.api;

import dev.flotilla.federation.state.LogEntry;
import dev.flotilla.federation.state.SwarmHistory;
import io.vertx.core.Vertx;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code /state}, whole or a part of it, and {@code /events}, live unless {@code live=false}; as
 * exo has them.
 */
final class StateRoutes {
  private static final int MAX_FOLLOWERS = 256;

  private final Vertx vertx;
  private final Optional<SwarmHistory> kept;
  private final Set<EventStream> streams = new HashSet<>();

  StateRoutes(Vertx vertx, Optional<SwarmHistory> kept) {
    this.vertx = vertx;
    this.kept = kept;
  }

  List<Endpoint> endpoints() {
    return List.of(
        Endpoint.get("/state", this::state),
        Endpoint.get("/state/{id}", this::part),
        Endpoint.get("/events", this::events));
  }

  /** Ends all streams. */
  void close() {
    Set.copyOf(streams).forEach(EventStream::end);
    streams.clear();
  }

  private SwarmHistory history() {
    return kept.orElseThrow(() ->
        new ApiException(
            ApiFailure.ROUTE_UNKNOWN,
            "This node belongs to no swarm: start it with --p2p or a token."));
  }

  private void state(RoutingContext ctx) {
    Responses.json(ctx, StateJson.of(history().state()));
  }

  private void part(RoutingContext ctx) {
    Object part = StateJson.of(history().state());
    for (String key : ctx.normalizedPath().substring("/state/".length()).split("/", -1)) {
      part = part instanceof JsonObject object ? object.getValue(key) : null;
      if (part == null) {
        throw new ApiException(
            ApiFailure.ROUTE_UNKNOWN, "The swarm's state has no such part; /state shows all.");
      }
    }
    Responses.json(ctx, Json.encodeToBuffer(part));
  }

  private void events(RoutingContext ctx) {
    SwarmHistory history = history();
    long after = after(ctx);
    if (ctx.request().getParam("live", "true").equals("false")) {
      JsonArray entries = new JsonArray();
      for (LogEntry entry : history.after(after)) {
        entries.add(StateJson.of(entry));
      }
      Responses.json(ctx, entries.toBuffer());
      return;
    }
    if (streams.size() >= MAX_FOLLOWERS) {
      throw new ApiException(
          ApiFailure.QUEUE_FULL, "This node has " + MAX_FOLLOWERS + " followers of events.");
    }
    EventStream stream = new EventStream(vertx, history, ctx.response(), after);
    streams.add(stream);
    ctx.addEndHandler(_ -> {
      streams.remove(stream);
      stream.end();
    });
  }

  /** What a client that comes back says that it has. */
  private static long after(RoutingContext ctx) {
    @Nullable String id = ctx.request().getHeader("Last-Event-ID");
    String text = id != null ? id : ctx.request().getParam("after", "0");
    if (!text.matches("[0-9]{1,18}")) {
      throw new ApiException(
          ApiFailure.INVALID_REQUEST, "Last-Event-ID is the index of an entry, a number.");
    }
    return Long.parseLong(text);
  }
}
