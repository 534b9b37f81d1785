package dev.flotilla.node.lending;

import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.engine.process.StageRole;
import dev.flotilla.engine.process.StageRole.LinkTerms;
import dev.flotilla.node.lending.StageAnswer.Failed;
import dev.flotilla.node.lending.StageAnswer.Fetching;
import dev.flotilla.node.lending.StageAnswer.Listening;
import dev.flotilla.node.lending.StageAnswer.Loading;
import dev.flotilla.node.shard.HostedStage;
import dev.flotilla.sharding.store.FetchListener;
import dev.flotilla.sharding.store.StageFetcher;
import dev.flotilla.sharding.store.StageProgress;
import dev.flotilla.sharding.store.StageSlice;
import dev.flotilla.tokens.NodeId;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One life of a stage that is hosted for another node: fetched, loaded, listening, gone. A virtual
 * thread of its own goes through it; any thread may look.
 */
final class LentStage {
  private static final Logger log = LoggerFactory.getLogger(LentStage.class);

  private final StageHosting node;
  private final NodeId head;
  private final StageOrder order;
  private final long beganNanos = System.nanoTime();
  private volatile StageAnswer answer = new Fetching("describing", 0, 0);
  private volatile Promise<Void> settled = Promise.promise();
  private volatile @Nullable HostedStage hosted;
  private volatile boolean listened;
  private volatile boolean closed;
  private volatile long askedNanos = System.nanoTime();

  /**
   * Begins a stage.
   *
   * @param head whose pipeline it is a stage of
   */
  LentStage(StageHosting node, NodeId head, StageOrder order) {
    this.node = node;
    this.head = head;
    this.order = order;
    Thread.ofVirtual().name("stage-" + order.slice().range()).start(this::live);
  }

  NodeId head() {
    return head;
  }

  StageOrder order() {
    return order;
  }

  StageAnswer answer() {
    return answer;
  }

  /** What it has done, once it has said so. */
  Optional<ChainFigures> figures() {
    HostedStage stage = hosted;
    return stage == null ? Optional.empty() : stage.figures();
  }

  /** Whether it has taken links, now or before it was lost. */
  boolean hasListened() {
    return listened;
  }

  /** When its head asked for it last. */
  long askedNanos() {
    return askedNanos;
  }

  void asked() {
    askedNanos = System.nanoTime();
  }

  /** Completes when its answer is final. */
  Future<Void> settled() {
    return settled.future();
  }

  private void live() {
    SliceSources sources =
        new SliceSources(
            node.vertx(),
            node.peers(),
            node.linkOf(),
            SliceSources.holders(head, order.slice().contentId(), node.workers()));
    try (sources;
        StageSlice slice =
            new StageFetcher(node.slices(), sources, new Progress())
                .fetch(order.slice(), () -> closed)) {
      become(new Loading());
      run(slice.file());
    } catch (IOException e) {
      end(String.valueOf(e.getMessage()));
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      end(String.valueOf(cause.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      end("interrupted");
    } catch (RuntimeException e) {
      log.error("{} can't be hosted", order.slice(), e);
      end(e.toString());
    }
  }

  private void run(Path file) throws ExecutionException, InterruptedException, IOException {
    HostedStage stage =
        await(
            HostedStage.start(
                node.vertx(), node.engines(), options(file), node.libraryFolder(), role()));
    hosted = stage;
    if (closed) {
      await(stage.stop());
      return;
    }
    int port = await(stage.listening());
    listened = true;
    log.info(
        "{} for node {} is ready after {} ms",
        order.slice(),
        head.shortened(),
        (System.nanoTime() - beganNanos) / 1_000_000);
    become(new Listening(node.advertisedHost().get(), port));
    int exitCode = await(stage.gone());
    end("its engine process was lost (exit code " + exitCode + ")");
  }

  private EngineOptions options(Path file) {
    Lending lending = node.lending();
    return new EngineOptions(
        file,
        lending.backend(),
        order.contextTokens(),
        order.slots(),
        0,
        order.batchTokens(),
        lending.threads(),
        lending.threads(),
        order.keyType(),
        order.valueType(),
        true,
        false,
        -1,
        order.flashAttention(),
        false,
        true,
        false,
        Optional.empty(),
        false);
  }

  private StageRole.Later role() throws IOException {
    return new StageRole.Later(
        new LinkTerms(
            node.version(),
            order.linkedModel(),
            order.activations().name(),
            Optional.of(node.identity().get())),
        node.bindHost(),
        node.ports().next());
  }

  private static <T> T await(Future<T> future) throws ExecutionException, InterruptedException {
    return future.toCompletionStage().toCompletableFuture().get();
  }

  private void end(String reason) {
    if (!closed) {
      log.warn("{} for node {}: {}", order.slice(), head.shortened(), reason);
    }
    become(new Failed(reason));
  }

  private void become(StageAnswer next) {
    answer = next;
    if (next.isFinal()) {
      settled.tryComplete();
    }
  }

  /**
   * Ends the process if it gives no sign of life.
   *
   * @return whether it did
   */
  Future<Boolean> probe() {
    HostedStage stage = hosted;
    return (stage == null ? Future.succeededFuture(true) : stage.probe())
        .onSuccess(alive -> {
          if (!alive) {
            end("its engine process gives no sign of life");
          }
        });
  }

  /** Gives the process newer keys. */
  void renewLinks() {
    HostedStage stage = hosted;
    if (stage != null) {
      stage.renewLinks(node.identity().get());
    }
  }

  /** Ends the stage, whatever it is doing. Completes when its process is gone. */
  Future<Void> close() {
    closed = true;
    HostedStage stage = hosted;
    return stage == null ? Future.succeededFuture() : stage.stop();
  }

  private final class Progress implements FetchListener {
    private static final long TOLD_EVERY_NANOS = 2_000_000_000;
    private long toldNanos = System.nanoTime();

    @Override
    public synchronized void progress(StageProgress progress) {
      if (progress.phase() == StageProgress.Phase.READY) {
        return;
      }
      String phase = progress.phase().name().toLowerCase(Locale.ROOT);
      become(new Fetching(phase, progress.doneBytes(), progress.totalBytes()));
      if (System.nanoTime() - toldNanos > TOLD_EVERY_NANOS) {
        toldNanos = System.nanoTime();
        log.info(
            "{}: {}, {} of {} MiB",
            progress.key(),
            phase,
            progress.doneBytes() >> 20,
            progress.totalBytes() >> 20);
      }
    }

    @Override
    public void blamed(String nodeId, String reason) {
      log.warn("node {} sent what is not {}: {}", nodeId, order.slice(), reason);
    }
  }
}
