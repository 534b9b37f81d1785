package dev.flotilla.sharding.chain;

import dev.flotilla.engine.Batch;
import dev.flotilla.engine.SlotOpening;
import dev.flotilla.sharding.chain.ChainLog.Sent;
import dev.flotilla.sharding.link.LinkFrame.Open;
import dev.flotilla.sharding.link.LinkFrame.Rewind;
import dev.flotilla.sharding.link.LinkFrame.Run;
import java.util.List;

/**
 * Brings all stages of a chain that is linked again to what the log says: what a stage lacks is
 * computed once more, up to that stage, and unanswered operations are sent again. Confined to the
 * compute thread.
 */
final class ChainRestorer {
  /** Rows of a replayed batch: small enough for all stages to work at once. */
  private static final int REPLAY_ROWS = 128;

  private final FirstStage first;
  private final ChainLog log;
  private final int last;
  private final int replayRows;

  /**
   * A restorer of a chain.
   *
   * @param last the place of its last stage
   * @param batchRows the most rows of a batch
   */
  ChainRestorer(FirstStage first, ChainLog log, int last, int batchRows) {
    this.first = first;
    this.log = log;
    this.last = last;
    this.replayRows = Math.min(batchRows, REPLAY_ROWS);
  }

  /**
   * Restores every slot, and goes on from there.
   *
   * @param whole whether to trust nothing that stages still hold
   */
  void restore(ChainLinks links, boolean whole) {
    List<Sent> again = log.takeUnanswered().stream().filter(Sent::told).toList();
    for (int slot = 0; slot < log.slots(); slot++) {
      restore(slot, links, whole);
    }
    for (Sent sent : again) {
      long beganNanos = System.nanoTime();
      first.performSurely(sent.operation(), links);
      log.sent(new Sent(sent.operation(), true, beganNanos));
    }
  }

  private void restore(int slot, ChainLinks links, boolean whole) {
    SlotLog state = log.slot(slot);
    SlotOpening session = state.session();
    int lacking = whole ? last : lacking(slot, state.length(), links);
    if (session == null && lacking >= 0) {
      // Nobody waits for it: what is not there any more is not worth the time.
      state.emptied();
      lacking = last;
    }
    int length = state.length();
    if (!first.truncate(slot, lacking >= 0 ? 0 : length)) {
      lacking = 0;
    }
    first.pass(new Rewind(slot, length, lacking), links);
    if (session == null) {
      return;
    }
    if (lacking >= 0) {
      for (Batch batch : state.replay(slot, replayRows)) {
        replay(new Run(lacking, true, batch), links);
      }
    }
    Open open = new Open(slot, length, session);
    long beganNanos = System.nanoTime();
    first.perform(open, links);
    log.sent(new Sent(open, false, beganNanos));
  }

  private void replay(Run run, ChainLinks links) {
    if (run.through() > 0) {
      first.performSurely(run, links);
    } else {
      first.computeSurely(run.batch());
    }
  }

  /** The last stage that lacks positions of a slot, or -1. */
  private static int lacking(int slot, int length, ChainLinks links) {
    for (int stage = links.stages().size(); stage > 0; stage--) {
      if (links.stages().get(stage - 1).lengths()[slot] < length) {
        return stage;
      }
    }
    return -1;
  }
}
