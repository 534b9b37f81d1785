package dev.flotilla.node.worker;

import dev.flotilla.engine.process.EngineChannel;
import dev.flotilla.engine.process.EngineReport.Health;
import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the node every few seconds that this process lives, and how much memory it takes. */
final class Pulse implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Pulse.class);
  private static final long PERIOD_MILLIS = 2_000;

  private final EngineChannel channel;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("engine-health").daemon().factory());

  Pulse(EngineChannel channel) {
    this.channel = channel;
  }

  void start() {
    var _ = timer.scheduleAtFixedRate(this::beat, 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Tells it once more, at once. */
  void beat() {
    try {
      channel.write(new Health(ProcessMemory.residentBytes()));
    } catch (IOException e) {
      log.debug("the node is gone; its reader notices the same: {}", e.toString());
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
