package dev.flotilla.node;

import dev.flotilla.node.api.HttpApiVerticle;
import dev.flotilla.node.shard.EngineLauncher;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Stops a node in order, once: lets answers end, then ends engines and event loops. */
final class NodeShutdown {
  private static final Logger log = LoggerFactory.getLogger(NodeShutdown.class);

  /** How long engines and event loops may take to stop, after answers have drained. */
  private static final long STOP_MILLIS = 10_000;

  /** How long a node that is told to stop may go on beginning. */
  private static final long BEGIN_MILLIS = 10_000;

  private final Vertx vertx;
  private final Optional<Membership> member;
  private final HttpApiVerticle api;
  private final List<OwnModel> models;
  private final long drainMillis;
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch stopped = new CountDownLatch(1);
  private volatile boolean signalled;

  /** Of a node that has not begun. */
  NodeShutdown(
      Vertx vertx,
      Optional<Membership> member,
      HttpApiVerticle api,
      List<OwnModel> models,
      long drainMillis) {
    this.vertx = vertx;
    this.member = member;
    this.api = api;
    this.models = models;
    this.drainMillis = drainMillis;
  }

  /**
   * Has a signal stop the node from here on, but not before it has {@link #begun}: what is half
   * begun can't be stopped in order.
   *
   * @return whether the node may begin; false if a signal came first
   */
  boolean onSignal() {
    Thread hook =
        Thread.ofPlatform()
            .unstarted(() -> {
              signalled = true;
              await(begun, BEGIN_MILLIS);
              stop();
            });
    try {
      Runtime.getRuntime().addShutdownHook(hook);
      return true;
    } catch (IllegalStateException _) {
      return false;
    }
  }

  /** The node has begun, or given up beginning. */
  void begun() {
    begun.countDown();
  }

  /** Whether a signal has come. */
  boolean signalled() {
    return signalled;
  }

  /** Blocks until the node has stopped. */
  void awaitStopped() {
    await(stopped, Long.MAX_VALUE);
  }

  /** Stops the node, on the thread of the first who asks; whoever asks again waits for that. */
  synchronized void stop() {
    if (stopped.getCount() == 0) {
      return;
    }
    Future<Void> moved =
        member.map(swarm -> swarm.moveStages(drainMillis)).orElse(Future.succeededFuture());
    try {
      if (api.deploymentID() != null) {
        // Sessions of other gateways go on elsewhere while those of this one's clients end.
        Future<?> drained =
            member.map(swarm -> swarm.drain(drainMillis)).orElseGet(Future::succeededFuture);
        await(Future.join(drained, vertx.undeploy(api.deploymentID())), drainMillis + STOP_MILLIS);
      }
      await(
          Future.join(
              member.map(swarm -> swarm.instances().close()).orElseGet(Future::succeededFuture),
              Future.all(models.stream().map(model -> model.pipeline().stop()).toList())),
          EngineLauncher.standard().stopMillis() + STOP_MILLIS);
      if (member.isPresent()) {
        await(moved, drainMillis + STOP_MILLIS);
        await(member.get().returnStages(), STOP_MILLIS);
        member.get().leave();
      } else {
        await(vertx.close(), STOP_MILLIS);
      }
    } catch (ExecutionException | TimeoutException e) {
      log.warn("stopping was not orderly", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      stopped.countDown();
    }
  }

  private static void await(Future<?> future, long timeoutMillis)
      throws InterruptedException, ExecutionException, TimeoutException {
    future.toCompletionStage().toCompletableFuture().get(timeoutMillis, TimeUnit.MILLISECONDS);
  }

  private static void await(CountDownLatch latch, long timeoutMillis) {
    try {
      var _ = latch.await(timeoutMillis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
