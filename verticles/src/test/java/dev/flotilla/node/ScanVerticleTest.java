package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class ScanVerticleTest {
  private static final int TICKS = 20;

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setWorkerPoolSize(1));
  private final Queue<Throwable> thrown = new ConcurrentLinkedQueue<>();
  private final AtomicInteger scans = new AtomicInteger();
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch end = new CountDownLatch(1);

  @Test
  void nothingIsAskedOfANodeThatStopsWhileItScans() throws Exception {
    vertx.exceptionHandler(thrown::add);
    ScanVerticle verticle = new ScanVerticle(this::scan, 1);
    String deployed = await(vertx.deployVerticle(verticle));
    begun.await();
    awaitTicks();

    await(vertx.undeploy(deployed));
    end.countDown();
    // The only thread comes to this after all that waited for it before.
    await(vertx.executeBlocking(() -> true, false));
    assertThat(scans).as("scans, of which many waited for a thread").hasValue(1);
    await(vertx.close());
    assertThat(thrown).as("by a timer that asks for a thread where there is none").isEmpty();
  }

  private void scan() {
    scans.incrementAndGet();
    begun.countDown();
    try {
      end.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Until another timer like it has fired many times. */
  private void awaitTicks() throws InterruptedException {
    CountDownLatch ticks = new CountDownLatch(TICKS);
    long timer = vertx.setPeriodic(1, _ -> ticks.countDown());
    ticks.await();
    vertx.cancelTimer(timer);
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }
}
