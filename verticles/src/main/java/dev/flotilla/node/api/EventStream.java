package dev.flotilla.node.api;

import dev.flotilla.federation.state.LogEntry;
import dev.flotilla.federation.state.SwarmHistory;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * What the swarm decides, to one client as it happens: an SSE event for each entry, with its index
 * as id. Holds nothing for a client that does not read: what it missed is read again from what the
 * node keeps, and what is not kept is an event {@code gap}. On one event loop.
 */
final class EventStream {
  private static final long KEEP_ALIVE_MILLIS = 15_000;

  private final Vertx vertx;
  private final SwarmHistory history;
  private final HttpServerResponse response;
  private final Runnable unfollow;
  private final long keepAlive;
  private long position;
  private boolean ended;

  /**
   * Begins to write.
   *
   * @param afterIndex the last entry that the client has
   */
  EventStream(Vertx vertx, SwarmHistory history, HttpServerResponse response, long afterIndex) {
    this.vertx = vertx;
    this.history = history;
    this.response = response;
    this.position = afterIndex;
    Context loop = vertx.getOrCreateContext();
    response
        .setChunked(true)
        .putHeader("Content-Type", "text/event-stream; charset=utf-8")
        .putHeader("Cache-Control", "no-cache")
        .drainHandler(_ -> writeOn());
    this.unfollow = history.onChange(() -> loop.runOnContext(_ -> writeOn()));
    this.keepAlive = vertx.setPeriodic(KEEP_ALIVE_MILLIS, _ -> write(": still here\n\n"));
    write(": what the swarm decides\n\n");
    writeOn();
  }

  private void writeOn() {
    List<LogEntry> entries = history.after(position);
    long known = history.state().index();
    if (entries.isEmpty() && known > position) {
      gap(known);
    }
    for (LogEntry entry : entries) {
      if (ended || response.writeQueueFull()) {
        return;
      }
      if (entry.index() > position + 1) {
        gap(entry.index() - 1);
      }
      position = entry.index();
      write("id: " + position + "\ndata: " + StateJson.of(entry).encode() + "\n\n");
    }
  }

  private void gap(long until) {
    JsonObject missing = new JsonObject().put("after", position).put("until", until);
    position = until;
    write("id: " + until + "\nevent: gap\ndata: " + missing.encode() + "\n\n");
  }

  private void write(String text) {
    if (!ended && !response.closed()) {
      var _ = response.write(text);
    }
  }

  /** Stops; the client is told that there is no more. */
  void end() {
    if (!ended) {
      ended = true;
      unfollow.run();
      vertx.cancelTimer(keepAlive);
      if (!response.closed() && !response.ended()) {
        var _ = response.end();
      }
    }
  }
}
