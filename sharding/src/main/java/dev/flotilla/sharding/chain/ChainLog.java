package dev.flotilla.sharding.chain;

import dev.flotilla.engine.Batch;
import dev.flotilla.engine.StageChain.RowChoice;
import dev.flotilla.sharding.link.LinkFrame;
import dev.flotilla.sharding.link.LinkFrame.Close;
import dev.flotilla.sharding.link.LinkFrame.Open;
import dev.flotilla.sharding.link.LinkFrame.Opened;
import dev.flotilla.sharding.link.LinkFrame.Rewind;
import dev.flotilla.sharding.link.LinkFrame.Run;
import dev.flotilla.sharding.link.LinkFrame.Shift;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * What the last stage of a chain has confirmed of each slot, and the operations that it has not
 * answered: together, all that a chain of other stages must be told.
 */
final class ChainLog {
  private final List<SlotLog> slots = new ArrayList<>();
  private final Deque<Sent> unanswered = new ArrayDeque<>();

  /**
   * An operation that the last stage has not answered.
   *
   * @param told whether the scheduler waits for the answer; it does not for what restores a slot
   * @param beganNanos when the first stage began it
   */
  record Sent(LinkFrame operation, boolean told, long beganNanos) {}

  ChainLog(int slots) {
    for (int slot = 0; slot < slots; slot++) {
      this.slots.add(new SlotLog());
    }
  }

  int slots() {
    return slots.size();
  }

  SlotLog slot(int slot) {
    return slots.get(slot);
  }

  /** Takes note of an operation that is on its way. */
  void sent(Sent sent) {
    unanswered.add(sent);
  }

  /** The oldest operation that has an answer; those before it have none, and are over. */
  Sent nextAnswered() {
    while (true) {
      Sent sent = unanswered.remove();
      if (sent.operation() instanceof Open || sent.operation() instanceof Run) {
        return sent;
      }
      confirm(sent.operation());
    }
  }

  private void confirm(LinkFrame operation) {
    switch (operation) {
      case Shift(int slot, int from, int to) -> slot(slot).shifted(from, to);
      case Close(int slot) -> slot(slot).closed();
      case Rewind _ -> {} // What it drops was never confirmed.
      default -> throw new IllegalStateException("not without an answer: " + operation);
    }
  }

  /** Forgets what was not answered, and returns it. */
  List<Sent> takeUnanswered() {
    List<Sent> taken = List.copyOf(unanswered);
    unanswered.clear();
    return taken;
  }

  void opened(Open open, Opened opened) {
    SlotLog slot = slot(open.slot());
    if (opened.refusal().isPresent()) {
      slot.emptied();
    } else {
      slot.opened(open.opening(), opened.kept());
    }
  }

  /**
   * Takes note of what followed the output rows of a batch. Drafts that were wrong, which come last
   * of their slots, are as if they had never been computed.
   *
   * @param choices one for each output row
   */
  DraftTally computed(Batch batch, List<RowChoice> choices) {
    DraftTally tally = DraftTally.NONE;
    int choice = 0;
    for (int row = 0, end; row < batch.size(); row = end) {
      SlotLog slot = slot(batch.slot(row));
      int right = 0;
      for (end = row; end < batch.size() && batch.slot(end) == batch.slot(row); end++) {
        RowChoice chosen = batch.output(end) ? choices.get(choice++) : null;
        boolean wrong = chosen != null && chosen.isSkipped();
        right += wrong ? 0 : 1;
        tally = batch.drafted(end) ? tally.plus(!wrong) : tally;
        if (chosen != null) {
          slot.chose(batch.replay(end), chosen);
        }
      }
      slot.computed(batch, row, right);
    }
    return tally;
  }

  void failed(Batch batch) {
    for (int row = 0; row < batch.size(); row++) {
      slot(batch.slot(row)).emptied();
    }
  }

  /** No slot holds anything any more. */
  void emptied() {
    slots.forEach(SlotLog::emptied);
  }
}
