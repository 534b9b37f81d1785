package dev.flotilla.node.federation;

import dev.flotilla.chat.ChatTemplate;
import dev.flotilla.chat.JinjaChatTemplate;
import dev.flotilla.federation.ModelDescription;
import dev.flotilla.federation.ReplicaAnnouncement;
import dev.flotilla.federation.link.RemotePipeline;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.net.SocketAddress;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What other nodes' models are, fetched once by digest and kept. A node that gives none, or one
 * that makes no sense, is asked again after a while. Confined to one event loop.
 */
final class Descriptions {
  private static final Logger log = LoggerFactory.getLogger(Descriptions.class);

  /** The most that are kept; the one used longest ago goes. */
  static final int MAX_KEPT = 1_024;

  private static final long FETCH_MILLIS = 5_000;
  private static final long AGAIN_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final Vertx vertx;
  private final Neighbours neighbours;
  private final Map<String, Known> kept =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
          return size() > MAX_KEPT;
        }
      };
  private final Map<String, Future<Known>> fetching = new HashMap<>();
  private final Map<String, Long> failedNanos = new HashMap<>();

  /** A description and its template, ready to render. */
  record Known(ModelDescription model, ChatTemplate template) {}

  Descriptions(Vertx vertx, Neighbours neighbours) {
    this.vertx = vertx;
    this.neighbours = neighbours;
  }

  /** The description that an announcement names; from its node unless it is known. */
  Future<Known> of(ReplicaAnnouncement announcement) {
    String digest = announcement.description();
    Known known = kept.get(digest);
    if (known != null) {
      return Future.succeededFuture(known);
    }
    Future<Known> underWay = fetching.get(digest);
    if (underWay != null) {
      return underWay;
    }
    Long failed = failedNanos.get(digest);
    if (failed != null && System.nanoTime() - failed < AGAIN_NANOS) {
      return Future.failedFuture("asked for in vain a moment ago");
    }
    Promise<Known> promise = Promise.promise();
    fetching.put(digest, promise.future());
    // Answers and timeouts come on threads of their own.
    Context context = vertx.getOrCreateContext();
    var _ =
        fetch(announcement)
            .onComplete(
                result -> context.runOnContext(_ -> fetched(announcement, result, promise)));
    return promise.future();
  }

  private void fetched(
      ReplicaAnnouncement announcement, AsyncResult<Known> result, Promise<Known> promise) {
    String digest = announcement.description();
    fetching.remove(digest);
    if (result.succeeded()) {
      failedNanos.remove(digest);
      kept.put(digest, result.result());
      promise.complete(result.result());
    } else {
      failed(announcement, result.cause());
      promise.fail(result.cause());
    }
  }

  private void failed(ReplicaAnnouncement announcement, Throwable cause) {
    if (failedNanos.size() >= MAX_KEPT) {
      failedNanos.clear();
    }
    Long before = failedNanos.put(announcement.description(), System.nanoTime());
    if (before == null) {
      log.warn(
          "node {} does not describe its model {} yet: {}",
          neighbours.name(announcement.nodeId()),
          announcement.modelId(),
          cause.getMessage());
    }
  }

  private Future<Known> fetch(ReplicaAnnouncement announcement) {
    String node = announcement.nodeId();
    return neighbours
        .link(node)
        .map(link -> fetch(announcement, neighbours.client(node), link))
        .orElseGet(() -> Future.failedFuture("its link port is not known"));
  }

  private Future<Known> fetch(
      ReplicaAnnouncement announcement, HttpClient client, SocketAddress link) {
    String model = announcement.modelId();
    return RemotePipeline.describe(vertx, client, link, model, announcement.description())
        .timeout(FETCH_MILLIS, TimeUnit.MILLISECONDS)
        .compose(description ->
            description.card().id().equals(model)
                ? vertx.executeBlocking(() -> known(description), false)
                : Future.failedFuture("it describes another model"));
  }

  /** Compiling a template runs parts of it: not for event loops. */
  private static Known known(ModelDescription description) {
    ModelDescription.Template template = description.template();
    return new Known(
        description,
        JinjaChatTemplate.compile(
            template.name(), template.source(), template.bosToken(), template.eosToken()));
  }
}
