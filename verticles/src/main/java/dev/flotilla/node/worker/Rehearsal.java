package dev.flotilla.node.worker;

import dev.flotilla.engine.Batch;
import dev.flotilla.engine.SamplingOptions;
import dev.flotilla.engine.SlotOpening;
import dev.flotilla.engine.StageChain;
import dev.flotilla.engine.simulated.SimulatedSpeed;
import dev.flotilla.engine.simulated.SimulatedStage;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.sharding.chain.ChainShape;
import dev.flotilla.sharding.chain.LinkedChain;
import dev.flotilla.sharding.chain.StageHost;
import dev.flotilla.sharding.link.ActivationType;
import dev.flotilla.sharding.link.LinkFrame.Build;
import dev.flotilla.sharding.link.LinkTransport;
import dev.flotilla.sharding.link.StageAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Links two simulated stages over loopback, and has them compute a few tokens: the first handshake,
 * frames and steps of a JVM take many times as long as those that follow.
 */
final class Rehearsal {
  private static final int TOKENS = 64;
  private static final long PATIENCE_MILLIS = 10_000;
  private static final ChainShape SHAPE =
      new ChainShape(new Build("rehearsal", ""), "rehearsal", ActivationType.F32, 1);

  private final StageChain chain;
  private final Semaphore arrivals = new Semaphore(0);

  private Rehearsal(StageChain chain) {
    this.chain = chain;
    chain.onArrival(arrivals::release);
  }

  /** Does it. Blocks. */
  static void hold(SwarmLinks links) throws IOException, InterruptedException {
    LinkTransport transport = LinkTransport.secured(links);
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (StageHost host =
            StageHost.start(stage(new LayerRange(1, 2)), SHAPE, transport, loopback, 0);
        LinkedChain chain =
            new LinkedChain(
                stage(new LayerRange(0, 1)),
                SHAPE,
                transport,
                _ -> new CompletableFuture<>(),
                List.of(new StageAddress(links.self(), loopback.getHostAddress(), host.port())))) {
      new Rehearsal(chain).generate();
    }
  }

  private static SimulatedStage stage(LayerRange layers) {
    return new SimulatedStage(1, TOKENS, SimulatedSpeed.INSTANT, layers, 2);
  }

  private void generate() throws InterruptedException {
    chain.open(0, 0, new SlotOpening(SamplingOptions.GREEDY, new int[0], new int[0], 0, false));
    awaitOutcome();
    Batch batch = new Batch(1);
    for (int position = 0; position < TOKENS; position++) {
      batch.clear();
      batch.add(position, position, 0, true);
      chain.run(batch);
      awaitOutcome();
    }
  }

  private void awaitOutcome() throws InterruptedException {
    while (chain.poll().isEmpty()) {
      if (!arrivals.tryAcquire(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException("the simulated stage does not answer");
      }
    }
  }
}
