package dev.flotilla.sharding.chain;

import dev.flotilla.engine.Batch;
import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.SlotOpening;
import dev.flotilla.engine.Stage;
import dev.flotilla.engine.StageOperations;
import dev.flotilla.engine.metering.StageSpan;
import dev.flotilla.sharding.link.LinkFrame;
import dev.flotilla.sharding.link.LinkFrame.Close;
import dev.flotilla.sharding.link.LinkFrame.Open;
import dev.flotilla.sharding.link.LinkFrame.Rewind;
import dev.flotilla.sharding.link.LinkFrame.Run;
import dev.flotilla.sharding.link.LinkFrame.Shift;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The first stage of a chain, in this process: does each operation, and passes it on to the second.
 * Owns the stage. Confined to the compute thread, but for {@link #abort}.
 */
final class FirstStage {
  private static final Logger log = LoggerFactory.getLogger(FirstStage.class);

  private final Stage stage;
  private final StageOperations operations;

  FirstStage(Stage stage) {
    this.stage = stage;
    this.operations = new StageOperations(stage);
  }

  /** What is loaded; not to be run but through this. */
  Stage stage() {
    return stage;
  }

  /**
   * Does what the first stage does of an operation, and passes the operation on.
   *
   * @return false if it was aborted: then it is as if it had never been
   */
  boolean perform(LinkFrame operation, ChainLinks links) {
    LinkFrame passedOn = operation;
    try {
      switch (operation) {
        case Open(int slot, int keep, SlotOpening opening) -> {
          int kept = operations.open(slot, keep, opening) ? keep : 0;
          passedOn = new Open(slot, kept, opening);
        }
        case Run run -> {
          long beganNanos = System.nanoTime();
          if (!operations.run(run.batch())) {
            return false;
          }
          long nanos = System.nanoTime() - beganNanos;
          passedOn = run.after(new StageSpan(0, nanos, links.onwardNanos()));
        }
        // A slot that can't be cut is empty then, and the next batch fails that goes on from there.
        case Rewind(int slot, int length, int _) -> operations.truncate(slot, length);
        case Shift(int slot, int from, int to) -> operations.shift(slot, from, to);
        case Close(int slot) -> operations.close(slot);
        default -> throw new IllegalArgumentException("no operation: " + operation);
      }
    } catch (EngineException e) {
      passedOn = new LinkFrame.Failed(e);
    }
    pass(passedOn, links);
    return true;
  }

  /** As {@link #perform}, however often it is aborted. */
  void performSurely(LinkFrame operation, ChainLinks links) {
    while (!perform(operation, links)) {
      log.debug("computed once more: it was aborted for another session's sake");
    }
  }

  /** Computes a batch here only, however often it is aborted. */
  void computeSurely(Batch batch) {
    while (!operations.run(batch)) {
      log.debug("computed once more: it was aborted for another session's sake");
    }
  }

  /** As {@link StageOperations#truncate}, here only. */
  boolean truncate(int slot, int length) {
    return operations.truncate(slot, length);
  }

  /** Sends a frame to the second stage; if the link is lost, it is sent again over the next. */
  void pass(LinkFrame frame, ChainLinks links) {
    try {
      links.send(frame);
    } catch (IOException e) {
      log.debug("the second stage takes no operations: {}", e.toString());
    }
  }

  /** Stops a batch in progress at the next chance; any thread. */
  void abort() {
    stage.abort();
  }

  void close() {
    operations.closeAll();
    stage.close();
  }
}
