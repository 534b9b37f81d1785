package dev.flotilla.node.worker;

import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.engine.process.EngineChannel;
import dev.flotilla.engine.process.EngineReport.Figures;
import dev.flotilla.engine.process.EngineReport.Health;
import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the node every few seconds that this process lives, how much memory it takes, and what its
 * stage has done.
 */
final class Pulse implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Pulse.class);
  private static final long PERIOD_MILLIS = 2_000;

  private final EngineChannel channel;
  private final Supplier<ChainFigures> figures;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("engine-health").daemon().factory());

  Pulse(EngineChannel channel, Supplier<ChainFigures> figures) {
    this.channel = channel;
    this.figures = figures;
  }

  void start() {
    var _ = timer.scheduleAtFixedRate(this::beat, 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Tells it once more, at once. */
  void beat() {
    try {
      channel.add(new Health(ProcessMemory.residentBytes()));
      channel.write(new Figures(figures.get()));
    } catch (IOException e) {
      log.debug("the node is gone; its reader notices the same: {}", e.toString());
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
