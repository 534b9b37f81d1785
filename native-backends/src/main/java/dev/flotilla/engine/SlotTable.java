package dev.flotilla.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The slots of a stage: which are taken, and which tokens lie in the KV cache of each. A slot keeps
 * its tokens when its session ends, so that a prompt that begins the same need not be read again;
 * the bound on that cache is the slots' own memory. Confined to the compute thread.
 */
final class SlotTable {
  private final List<Slot> slots = new ArrayList<>();
  private long clock;

  /** One sequence of the KV cache. */
  static final class Slot {
    private final int index;
    private final TokenList cached = new TokenList();
    private boolean taken;
    private long lastUsed;

    private Slot(int index) {
      this.index = index;
    }

    /** Its number, which batches name it by. */
    int index() {
      return index;
    }

    /** The tokens whose keys and values it holds, one per position. */
    TokenList cached() {
      return cached;
    }
  }

  SlotTable(int count) {
    for (int index = 0; index < count; index++) {
      slots.add(new Slot(index));
    }
  }

  /**
   * Takes the idle slot that suits a prompt: the one that continues it, else one beside a taken
   * slot, else the one idle for longest.
   *
   * <p>A slot continues a prompt if at least half of what it holds is a prefix of it, or if it
   * holds all of it: the same question once more. Else taking it would throw away more of another
   * conversation than it saves of this one (a shared system prompt, say).
   *
   * @return empty if no slot is idle
   */
  Optional<Slot> take(int[] prompt) {
    Slot best = null;
    for (Slot slot : slots) {
      if (!slot.taken && (best == null || suits(slot, best, prompt))) {
        best = slot;
      }
    }
    if (best != null) {
      best.taken = true;
    }
    return Optional.ofNullable(best);
  }

  private boolean suits(Slot slot, Slot best, int[] prompt) {
    int saved = continued(slot, prompt);
    int bestSaved = continued(best, prompt);
    if (saved != bestSaved) {
      return saved > bestSaved;
    }
    boolean beside = besideTaken(slot);
    return beside != besideTaken(best) ? beside : slot.lastUsed < best.lastUsed;
  }

  /**
   * Sessions in consecutive slots are computed in one pass over the weights, those with a gap in
   * two.
   */
  private boolean besideTaken(Slot slot) {
    int index = slot.index;
    return (index > 0 && slots.get(index - 1).taken)
        || (index + 1 < slots.size() && slots.get(index + 1).taken);
  }

  private static int continued(Slot slot, int[] prompt) {
    int common = slot.cached.commonPrefix(prompt);
    boolean askedBefore = common == prompt.length;
    return askedBefore || 2 * common >= slot.cached.size() ? common : 0;
  }

  /** Gives a slot back; its tokens stay. */
  void release(Slot slot) {
    slot.taken = false;
    slot.lastUsed = ++clock;
  }

  int size() {
    return slots.size();
  }

  int taken() {
    return (int) slots.stream().filter(slot -> slot.taken).count();
  }
}
