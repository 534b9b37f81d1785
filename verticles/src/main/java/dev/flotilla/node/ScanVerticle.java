package dev.flotilla.node;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/** Has a node look again and again what has come to its models, and what has gone. */
final class ScanVerticle extends VerticleBase {
  private final Runnable scan;
  private final long periodMillis;
  private volatile boolean stopped;

  /**
   * Not started.
   *
   * @param scan may block; where it takes longer than the period, two may be asked for at a time
   */
  ScanVerticle(Runnable scan, long periodMillis) {
    this.scan = scan;
    this.periodMillis = periodMillis;
  }

  /** Its timer ends with it: one that went on would ask the closed Vert.x for a thread. */
  @Override
  public Future<?> start() {
    vertx.setPeriodic(periodMillis, _ -> tick());
    return Future.succeededFuture();
  }

  private void tick() {
    var _ =
        vertx.executeBlocking(
            () -> {
              // It may have waited for a thread for long.
              if (!stopped) {
                scan.run();
              }
              return null;
            },
            false);
  }

  /** No other scan begins; does not wait for one that runs. */
  @Override
  public Future<?> stop() {
    stopped = true;
    return Future.succeededFuture();
  }
}
