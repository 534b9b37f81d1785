package dev.flotilla.federation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.sharding.Pipeline;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/** Replicas that fail in every way, and those that are well, as a gateway sees them. */
final class FlakyReplicas implements Replicas {
  private static final int QUEUE_LIMIT = 1_000;

  private final Map<String, FlakyPipeline> pipelines = new LinkedHashMap<>();
  private final Set<String> gone = ConcurrentHashMap.newKeySet();

  void add(int number, FlakyPipeline pipeline) {
    pipelines.put(Announcements.node(number), pipeline);
  }

  void remove(String node) {
    pipelines.remove(node);
  }

  Collection<FlakyPipeline> all() {
    return pipelines.values();
  }

  FlakyPipeline pipeline(String node) {
    return Objects.requireNonNull(pipelines.get(node));
  }

  /** Nodes that are said to have no replica any more. */
  Set<String> gone() {
    return gone;
  }

  @Override
  public ReplicaDirectory directory() {
    ReplicaDirectory directory = ReplicaDirectory.EMPTY;
    for (String node : pipelines.keySet()) {
      if (!gone.contains(node)) {
        directory = directory.with(announcement(node), System.nanoTime());
      }
    }
    return directory;
  }

  @Override
  public Future<Void> gone(ReplicaAnnouncement replica) {
    gone.add(replica.nodeId());
    return Future.succeededFuture();
  }

  @Override
  public Optional<Link> link(String nodeId, String modelId) {
    return Optional.of(
        new Link() {
          @Override
          public Pipeline pipeline() {
            return FlakyReplicas.this.pipeline(nodeId);
          }

          @Override
          public Future<ReplicaAnnouncement> probe() {
            return Future.succeededFuture(announcement(nodeId));
          }

          @Override
          public double roundTripSeconds() {
            return 0.001;
          }
        });
  }

  private ReplicaAnnouncement announcement(String node) {
    FlakyPipeline pipeline = pipeline(node);
    return Announcements.of(
        Integer.parseInt(node, 16), 1, 1, QUEUE_LIMIT, pipeline.running(), pipeline.contextTokens);
  }

  /** The first that computes. */
  String busy() {
    return pipelines.entrySet().stream()
        .filter(each -> each.getValue().running() > 0)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow();
  }

  void awaitBusy() throws InterruptedException {
    await(() -> pipelines.values().stream().anyMatch(each -> each.running() > 0));
  }

  static void awaitIdle(FlakyPipeline pipeline) throws InterruptedException {
    await(() -> pipeline.running() == 0);
  }

  static void await(BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("deadline").isLessThan(deadline);
      Thread.sleep(1);
    }
  }
}
