package dev.flotilla.node.upstream;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks upstreams for their models, again and again. On its event loop. */
final class UpstreamWatch extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(UpstreamWatch.class);

  /** Who answers is asked every so many ticks; who missed a question or failed, at the next. */
  private static final int TICKS_BETWEEN = 5;

  private static final long TICK_MILLIS = 1_000;

  private final Supplier<List<UpstreamServer>> servers;
  private final Map<UpstreamServer, Integer> due = new HashMap<>();
  private final Promise<Void> askedOnce = Promise.promise();

  UpstreamWatch(Supplier<List<UpstreamServer>> servers) {
    this.servers = servers;
  }

  @Override
  public Future<?> start() {
    vertx.setPeriodic(TICK_MILLIS, _ -> tick());
    Future.join(servers.get().stream().map(this::ask).toList())
        .onComplete(_ -> askedOnce.complete());
    return Future.succeededFuture();
  }

  /** Done when each has answered once, or not in time. */
  Future<Void> askedOnce() {
    return askedOnce.future();
  }

  private void tick() {
    List<UpstreamServer> known = servers.get();
    due.keySet().retainAll(known);
    for (UpstreamServer server : known) {
      int left = due.getOrDefault(server, 0) - 1;
      due.put(server, left);
      if (server.takeSuspicion() || left <= 0) {
        var _ = ask(server);
      }
    }
  }

  /** Always succeeds. */
  private Future<Void> ask(UpstreamServer server) {
    due.put(server, TICKS_BETWEEN);
    return ModelProbe.ask(server)
        .onSuccess(models -> {
          if (server.listed(models)) {
            log.info("upstream {}: serves {} model(s)", server.name(), models.size());
          }
        })
        .onFailure(cause -> {
          due.put(server, 1);
          if (server.failedProbe()) {
            log.warn("upstream {} is down: {}", server.name(), cause.getMessage());
          }
        })
        .transform(_ -> Future.succeededFuture());
  }
}
