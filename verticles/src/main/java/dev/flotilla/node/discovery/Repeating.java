package dev.flotilla.node.discovery;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A task that runs at once and then again and again on a thread of its own, whatever it throws. */
public final class Repeating implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Repeating.class);

  private final ScheduledExecutorService executor;

  private Repeating(ScheduledExecutorService executor) {
    this.executor = executor;
  }

  /**
   * Starts the task.
   *
   * @param pauseMillis between the end of one run and the beginning of the next
   */
  public static Repeating start(String threadName, long pauseMillis, Runnable task) {
    ScheduledExecutorService executor =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name(threadName).daemon().factory());
    Runnable guarded =
        () -> {
          try {
            task.run();
          } catch (RuntimeException failure) {
            log.warn("{} failed and will be tried again", threadName, failure);
          }
        };
    var _ = executor.scheduleWithFixedDelay(guarded, 0, pauseMillis, TimeUnit.MILLISECONDS);
    return new Repeating(executor);
  }

  /** Interrupts a run in progress and lets no other begin. Does not wait. */
  @Override
  public void close() {
    executor.shutdownNow();
  }
}
