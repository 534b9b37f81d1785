package dev.flotilla.engine;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The compute thread of a stage chain: takes commands from any thread, and steps the {@link
 * BatchScheduler} while there is work. Owns the chain and closes it when it stops.
 */
public final class EngineLoop implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EngineLoop.class);

  /** Commands that may wait for the compute thread; the sender of one more blocks. */
  private static final int MAX_COMMANDS = 4096;

  private final StageChain chain;
  private final BatchScheduler scheduler;
  private final int maxEmbeddings;
  private final BlockingQueue<Runnable> commands = new ArrayBlockingQueue<>(MAX_COMMANDS);
  private final Queue<Runnable> embeddings = new ArrayDeque<>();
  private final Set<Long> cancelled = ConcurrentHashMap.newKeySet();
  private final Thread thread;
  private final Object closing = new Object();
  private boolean closed;
  private volatile List<Long> inStep = List.of();
  private volatile boolean stopping;

  /**
   * Starts the thread.
   *
   * @param chain the stages, owned from now on
   * @param scheduler its scheduler, used by the compute thread only
   * @param maxEmbeddings embedding requests that may wait
   */
  public EngineLoop(StageChain chain, BatchScheduler scheduler, int maxEmbeddings) {
    this.chain = chain;
    this.scheduler = scheduler;
    this.maxEmbeddings = maxEmbeddings;
    this.thread = Thread.ofPlatform().name("engine-compute").unstarted(this::run);
    chain.onArrival(this::wake);
    thread.start();
  }

  /** As {@link BatchScheduler#open}; any thread. */
  public void open(long session, SessionRequest request, int[] prompt, int credit) {
    submit(() -> scheduler.open(session, request, prompt, credit));
  }

  /** As {@link BatchScheduler#grant}; any thread. */
  public void grant(long session, int events) {
    submit(() -> scheduler.grant(session, events));
  }

  /**
   * As {@link BatchScheduler#cancel}; any thread. A step in progress is aborted if it works for
   * cancelled sessions only, so that a long prompt does not outlive its client.
   */
  public void cancel(long session) {
    cancelled.add(session);
    submit(() -> {
      scheduler.cancel(session);
      cancelled.remove(session);
    });
    List<Long> sessions = inStep;
    if (!sessions.isEmpty() && cancelled.containsAll(sessions)) {
      abort();
    }
  }

  private void abort() {
    synchronized (closing) {
      if (!closed) {
        chain.abort();
      }
    }
  }

  /**
   * Embeds token sequences, one after another between the steps of sessions; any thread.
   *
   * @return the vectors; fails with an {@link EngineException}
   */
  public CompletableFuture<List<float[]>> embed(List<int[]> sequences) {
    CompletableFuture<List<float[]>> result = new CompletableFuture<>();
    submit(() -> {
      if (embeddings.size() >= maxEmbeddings) {
        result.completeExceptionally(
            new EngineException(
                EngineFailure.QUEUE_FULL,
                embeddings.size() + " embedding requests are waiting already"));
      } else {
        embeddings.add(() -> embed(sequences, result));
      }
    });
    return result;
  }

  private void embed(List<int[]> sequences, CompletableFuture<List<float[]>> result) {
    try {
      result.complete(chain.embed(sequences));
    } catch (EngineException e) {
      result.completeExceptionally(e);
    }
  }

  /** Makes the compute thread look for what has arrived; a full queue means that it will anyway. */
  private void wake() {
    var _ = commands.offer(() -> {});
  }

  private void submit(Runnable command) {
    try {
      commands.put(command);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(
          EngineFailure.ENGINE_LOST, "interrupted while handing over a command");
    }
  }

  private void run() {
    try {
      while (!stopping) {
        List<Long> runnable = scheduler.runnableSessions();
        takeCommands(runnable.isEmpty() && embeddings.isEmpty());
        Runnable embedding = embeddings.poll();
        if (embedding != null) {
          embedding.run();
        }
        inStep = scheduler.runnableSessions();
        scheduler.step();
        inStep = List.of();
      }
    } catch (InterruptedException e) {
      log.debug("compute thread interrupted");
    } finally {
      synchronized (closing) {
        closed = true;
      }
      chain.close();
    }
  }

  private void takeCommands(boolean wait) throws InterruptedException {
    Runnable command = wait ? commands.take() : commands.poll();
    while (command != null) {
      command.run();
      command = commands.poll();
    }
  }

  /** Stops after the step in progress, which is aborted, and frees the stage. Blocks until then. */
  @Override
  public void close() {
    submit(() -> stopping = true);
    abort();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
