package dev.flotilla.sharding.chain;

import dev.flotilla.engine.BatchScheduler;
import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.SessionSink;
import dev.flotilla.engine.Stage;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.sharding.link.ActivationType;
import dev.flotilla.sharding.link.LinkFrame.Build;
import dev.flotilla.sharding.link.LinkTransport;
import dev.flotilla.sharding.link.StageAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;

/** A chain of stages in this process, over real links, with a scheduler on the test's thread. */
final class TestingChain implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 30;

  private final Function<LayerRange, ? extends Stage> factory;
  private final ChainShape shape;
  private final List<LayerRange> cut;
  private final List<StageHost> hosts = new ArrayList<>();
  private final Semaphore arrived = new Semaphore(0);
  private final LinkedChain chain;
  private final BatchScheduler scheduler;
  private volatile boolean capacity = true;

  TestingChain(
      Function<LayerRange, ? extends Stage> factory,
      List<LayerRange> cut,
      ActivationType activations,
      EngineOptions options,
      SessionSink sink)
      throws IOException {
    this(factory, cut, activations, options, sink, System::nanoTime);
  }

  TestingChain(
      Function<LayerRange, ? extends Stage> factory,
      List<LayerRange> cut,
      ActivationType activations,
      EngineOptions options,
      SessionSink sink,
      LongSupplier clock)
      throws IOException {
    this.factory = factory;
    this.cut = cut;
    this.shape =
        new ChainShape(new Build("test", "test"), "model", activations, options.batchTokens());
    for (LayerRange layers : cut.subList(1, cut.size())) {
      hosts.add(host(layers));
    }
    chain =
        new LinkedChain(
            factory.apply(cut.getFirst()),
            shape,
            LinkTransport.plain(),
            _ -> replaced(),
            addresses());
    chain.onArrival(arrived::release);
    scheduler = new BatchScheduler(chain, options, sink, clock);
  }

  private StageHost host(LayerRange layers) throws IOException {
    return StageHost.start(
        factory.apply(layers), shape, LinkTransport.plain(), InetAddress.getLoopbackAddress(), 0);
  }

  private CompletableFuture<List<StageAddress>> replaced() {
    return capacity
        ? CompletableFuture.completedFuture(addresses())
        : CompletableFuture.failedFuture(
            new EngineException(EngineFailure.ENGINE_LOST, "no machine is left"));
  }

  private synchronized List<StageAddress> addresses() {
    return hosts.stream()
        .map(host ->
            new StageAddress(InetAddress.getLoopbackAddress().getHostAddress(), host.port()))
        .toList();
  }

  LinkedChain chain() {
    return chain;
  }

  BatchScheduler scheduler() {
    return scheduler;
  }

  /** Whether there is another stage for a lost one. */
  void setCapacity(boolean there) {
    capacity = there;
  }

  /** Loses a stage with all that it holds; another takes its place. */
  synchronized void lose(int stage) {
    StageHost lost = hosts.get(stage - 1);
    try {
      hosts.set(stage - 1, host(cut.get(stage)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    lost.close();
  }

  /** One step, after waiting for something to do. */
  void step() throws InterruptedException {
    if (scheduler.runnableSessions().isEmpty()) {
      if (!arrived.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("nothing has arrived for %d s".formatted(PATIENCE_SECONDS));
      }
    }
    scheduler.step();
  }

  void runAll() throws InterruptedException {
    while (scheduler.runningSessions() + scheduler.queuedSessions() > 0) {
      step();
    }
  }

  @Override
  public void close() {
    chain.close();
    hosts.forEach(StageHost::close);
  }
}
