package dev.flotilla.engine;

import dev.flotilla.engine.StageChain.RowChoice;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The operations of a {@link StageChain} in one of its stages. The last stage also keeps the
 * sampler of each session. Confined to the stage's compute thread.
 */
public final class StageOperations {
  private final Stage stage;
  private final Map<Integer, Sampler> samplers = new HashMap<>();

  /** Positions that each slot holds. */
  private final int[] lengths;

  /** Slots of sessions whose batches must give the same if computed once more. */
  private final BitSet exact = new BitSet();

  /** Operations of a stage, which stays the caller's to close, after {@link #closeAll}. */
  public StageOperations(Stage stage) {
    this.stage = stage;
    this.lengths = new int[stage.facts().slots()];
  }

  /**
   * Gives a slot to a session.
   *
   * @return whether the positions to keep are all there; if not, the slot is empty
   * @throws EngineException if the last stage can't choose tokens so
   */
  public boolean open(int slot, int keep, SlotOpening opening) {
    close(slot);
    boolean kept = truncate(slot, keep);
    exact.set(slot, opening.exact());
    if (stage.facts().last()) {
      samplers.put(slot, sampler(opening));
    }
    return kept;
  }

  private Sampler sampler(SlotOpening opening) {
    Sampler sampler = stage.sampler(opening.sampling());
    try {
      for (int token : opening.observed()) {
        sampler.observe(token);
      }
      int index = opening.replayedFrom();
      for (int token : opening.replayed()) {
        sampler.replay(Sampler.NO_ROW, index++, token);
      }
      return sampler;
    } catch (EngineException e) {
      sampler.close();
      throw e;
    }
  }

  /** Positions that each slot holds: a copy. */
  public int[] lengths() {
    return lengths.clone();
  }

  /**
   * Drops a slot's positions from {@code length} on.
   *
   * @return whether the first {@code length} are all there; if not, the slot is empty
   */
  public boolean truncate(int slot, int length) {
    requireSlot(slot);
    if (length == lengths[slot]) {
      return true;
    }
    boolean kept = length >= 0 && length <= lengths[slot] && stage.truncate(slot, length);
    if (!kept) {
      stage.truncate(slot, 0);
    }
    lengths[slot] = kept ? length : 0;
    return kept;
  }

  /**
   * Computes a batch, as {@link Stage#run}.
   *
   * @throws EngineException if it can't be computed; the slots of its rows are empty then
   */
  public boolean run(Batch batch) {
    int[] before = lengths.clone();
    try {
      for (int row = 0; row < batch.size(); row++) {
        requireNext(batch, row);
        if (exact.get(batch.slot(row))) {
          batch.requireExact();
        }
      }
      boolean computed = stage.run(batch);
      if (!computed) {
        System.arraycopy(before, 0, lengths, 0, lengths.length);
      }
      return computed;
    } catch (EngineException e) {
      for (int row = 0; row < batch.size(); row++) {
        int slot = batch.slot(row);
        if (slot >= 0 && slot < lengths.length) {
          truncate(slot, 0);
        }
      }
      throw e;
    }
  }

  private void requireNext(Batch batch, int row) {
    int slot = batch.slot(row);
    requireSlot(slot);
    if (row > 0 && slot < batch.slot(row - 1)) {
      throw broken("row of slot %d after one of slot %d".formatted(slot, batch.slot(row - 1)));
    }
    if (batch.position(row) != lengths[slot] || lengths[slot] >= stage.facts().contextTokens()) {
      throw broken(
          "row at position %d of slot %d, which holds %d of %d"
              .formatted(batch.position(row), slot, lengths[slot], stage.facts().contextTokens()));
    }
    lengths[slot]++;
  }

  private void requireSlot(int slot) {
    if (slot < 0 || slot >= lengths.length) {
      throw broken("slot %d of %d".formatted(slot, lengths.length));
    }
  }

  private static EngineException broken(String problem) {
    return new EngineException(EngineFailure.INTERNAL, "operation out of order: " + problem);
  }

  /**
   * In the last stage, after {@link #run}: what follows each output row. From a {@link
   * Batch#drafted draft} that was wrong, and from those after it, nothing is chosen.
   */
  public List<RowChoice> choose(Batch batch) {
    List<RowChoice> choices = new ArrayList<>();
    for (int row = 0; row < batch.size(); row++) {
      if (batch.output(row)) {
        boolean wrong =
            batch.drafted(row) && choices.getLast().choice().token() != batch.token(row);
        choices.add(wrong ? RowChoice.skipped() : choose(batch, row));
      }
    }
    return choices;
  }

  private RowChoice choose(Batch batch, int row) {
    Sampler sampler = samplers.get(batch.slot(row));
    if (sampler == null) {
      return RowChoice.failed(
          new EngineException(
              EngineFailure.INTERNAL, "slot " + batch.slot(row) + " belongs to no session"));
    }
    try {
      if (batch.replay(row) == Batch.OPEN_CHOICE) {
        return RowChoice.of(sampler.choose(row, batch.choice(row)));
      }
      sampler.replay(row, batch.choice(row), batch.replay(row));
      return RowChoice.replayed();
    } catch (EngineException e) {
      return RowChoice.failed(e);
    }
  }

  /** Moves positions, as {@link Stage#shift}. */
  public void shift(int slot, int from, int to) {
    requireSlot(slot);
    if (from < 0 || to < from || to > lengths[slot]) {
      throw broken("shift of [%d, %d) in slot %d".formatted(from, to, slot));
    }
    lengths[slot] -= to - from;
    stage.shift(slot, from, to);
  }

  /** Takes a slot from its session. */
  public void close(int slot) {
    Sampler sampler = samplers.remove(slot);
    if (sampler != null) {
      sampler.close();
    }
  }

  /** Takes all slots from their sessions. */
  public void closeAll() {
    samplers.values().forEach(Sampler::close);
    samplers.clear();
  }
}
