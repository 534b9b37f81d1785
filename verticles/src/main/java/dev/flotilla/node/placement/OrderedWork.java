package dev.flotilla.node.placement;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/** Tasks that take time, one after the other on a virtual thread. Any thread. */
final class OrderedWork implements AutoCloseable {
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofVirtual().name("placement").factory());
  private final AtomicInteger underWay = new AtomicInteger();

  /** Whether nothing is to be done, or being done. */
  boolean isIdle() {
    return underWay.get() == 0;
  }

  /**
   * Does something once all is done that was asked for before.
   *
   * @return what came of it; fails with an {@link EngineException} where capacity is lacking, a
   *     file can't be read, or this was closed
   */
  <T> Future<T> add(Callable<T> task) {
    Promise<T> promise = Promise.promise();
    underWay.incrementAndGet();
    try {
      thread.execute(() -> {
        try {
          promise.complete(task.call());
        } catch (Exception e) {
          promise.fail(failure(e));
        } finally {
          underWay.decrementAndGet();
        }
      });
    } catch (RejectedExecutionException e) {
      underWay.decrementAndGet();
      promise.fail(closed());
    }
    return promise.future();
  }

  private static Exception failure(Exception e) {
    return switch (e) {
      case InterruptedException _ -> {
        Thread.currentThread().interrupt();
        yield closed();
      }
      case NoCapacityException _ -> failure(EngineFailure.ENGINE_LOST, e);
      case IOException _ -> failure(EngineFailure.MODEL_UNUSABLE, e);
      default -> e;
    };
  }

  private static EngineException failure(EngineFailure failure, Exception e) {
    return new EngineException(failure, String.valueOf(e.getMessage()));
  }

  private static EngineException closed() {
    return new EngineException(EngineFailure.DRAINING, "this node is shutting down");
  }

  /** Interrupts what is being done; what waits never is. */
  @Override
  public void close() {
    thread.shutdownNow();
  }
}
