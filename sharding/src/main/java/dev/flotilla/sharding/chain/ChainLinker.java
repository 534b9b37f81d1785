package dev.flotilla.sharding.chain;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.StageFacts;
import dev.flotilla.sharding.link.LinkTransport;
import dev.flotilla.sharding.link.StageAddress;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutionException;

/** Links a chain, and links it again when a stage was lost, on a thread of its own. */
final class ChainLinker {
  private static final long FIRST_PAUSE_MILLIS = 20;
  private static final long LONGEST_PAUSE_MILLIS = 5_000;

  private final LinkTransport transport;
  private final ChainShape shape;
  private final StageFacts first;
  private final StageProvider provider;
  private final Listener listener;
  private volatile boolean closed;

  /** Hears from the links, and of their restoration; on any thread. */
  interface Listener extends ChainLinks.Listener {
    /** The chain is linked again. */
    void restored(ChainLinks now);

    /** There is no stage to link for now; it is tried on. */
    void gaveUp(EngineException reason);
  }

  ChainLinker(
      LinkTransport transport,
      ChainShape shape,
      StageFacts first,
      StageProvider provider,
      Listener listener) {
    this.transport = transport;
    this.shape = shape;
    this.first = first;
    this.provider = provider;
    this.listener = listener;
  }

  /** Links the chain for the first time. Blocks. */
  ChainLinks connect(List<StageAddress> onward) {
    try {
      return ChainLinks.connect(transport, shape, first, onward, listener);
    } catch (Greeting.RefusedException e) {
      throw e.reason();
    } catch (IOException e) {
      throw new EngineException(
          EngineFailure.ENGINE_LOST, "the stages %s can't be linked: %s".formatted(onward, e));
    }
  }

  /** Links the chain again, however often it takes. */
  void restore(StageProvider.Loss loss) {
    Thread.ofVirtual()
        .name("chain-linker")
        .start(() -> {
          try {
            tryOn(loss);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private void tryOn(StageProvider.Loss loss) throws InterruptedException {
    int stage = loss.stage();
    EngineException reason = loss.reason();
    for (int attempt = 0; !closed; attempt++) {
      if (attempt > 0) {
        Thread.sleep(Math.min(LONGEST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS << Math.min(attempt, 10)));
      }
      try {
        List<StageAddress> onward =
            provider.replace(new StageProvider.Loss(stage, reason, attempt)).get();
        ChainLinks links = ChainLinks.connect(transport, shape, first, onward, listener);
        if (closed) {
          links.close();
        } else {
          listener.restored(links);
        }
        return;
      } catch (ExecutionException e) {
        Throwable cause = e.getCause();
        listener.gaveUp(failure(cause == null ? e : cause));
      } catch (Greeting.RefusedException e) {
        stage = e.stage();
        reason = e.reason();
      } catch (IOException e) {
        stage = 1;
        reason = failure(e);
      }
    }
  }

  private static EngineException failure(Throwable thrown) {
    return thrown instanceof EngineException failure
        ? failure
        : new EngineException(EngineFailure.ENGINE_LOST, "the chain can't be linked: " + thrown);
  }

  void close() {
    closed = true;
  }
}
