package dev.flotilla.node.placement;

import dev.flotilla.engine.process.StageRole.StagePeer;
import dev.flotilla.node.lending.StageAnswer;
import dev.flotilla.node.lending.StageAnswer.Failed;
import dev.flotilla.node.lending.StageAnswer.Fetching;
import dev.flotilla.node.lending.StageAnswer.Listening;
import dev.flotilla.node.lending.StageAnswer.Loading;
import dev.flotilla.node.lending.StageOrder;
import java.io.IOException;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks a worker for a stage until that takes links. Blocks: for virtual threads.
 *
 * @param answered hears all that the worker says
 */
record StageWait(WorkerClient client, StageOrder order, Seat seat, Consumer<StageAnswer> answered) {
  private static final Logger log = LoggerFactory.getLogger(StageWait.class);

  /** How long a worker that is asked may take to say something. */
  static final int PATIENCE_MILLIS = 10_000;

  /** How long a worker waits with an answer while a stage is not ready. */
  private static final int WAIT_MILLIS = 1_000;

  private static final long STUCK_NANOS = 120_000_000_000L;

  /**
   * Where the stage takes links.
   *
   * @param suspectMillis if the stage seems to be lost: how long its worker may take to say
   *     something
   * @throws IOException if it can't be there
   */
  StagePeer listening(OptionalInt suspectMillis) throws IOException, InterruptedException {
    StageAnswer answer =
        suspectMillis.isPresent()
            ? client.order(seat.worker(), order.asked(true, 0), suspectMillis.getAsInt())
            : ask();
    StageAnswer before = answer;
    long changedNanos = System.nanoTime();
    while (true) {
      answered.accept(answer);
      switch (answer) {
        case Listening(String host, int port) -> {
          return new StagePeer(seat.worker().hex(), host, port);
        }
        case Failed(String reason) -> throw new IOException(reason);
        case Fetching fetching ->
            log.info(
                "layers {} at node {}: {}, {} of {} MiB",
                seat.layers(),
                seat.worker().shortened(),
                fetching.phase(),
                fetching.doneBytes() >> 20,
                fetching.totalBytes() >> 20);
        case Loading() ->
            log.debug("layers {} at node {} load", seat.layers(), seat.worker().shortened());
      }
      if (!answer.equals(before)) {
        changedNanos = System.nanoTime();
      } else if (System.nanoTime() - changedNanos > STUCK_NANOS) {
        throw new IOException("it makes no progress: " + answer);
      }
      before = answer;
      answer = ask();
    }
  }

  private StageAnswer ask() throws IOException, InterruptedException {
    return client.order(seat.worker(), order.asked(false, WAIT_MILLIS), PATIENCE_MILLIS);
  }
}
