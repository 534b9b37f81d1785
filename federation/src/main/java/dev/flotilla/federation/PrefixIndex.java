package dev.flotilla.federation;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Which prompts the slots of a replica hold, as the head knows from the sessions it ran: one per
 * slot, latest first. Not thread-safe.
 */
public final class PrefixIndex {
  private final int slots;
  private final Deque<PrefixChain> latest = new ArrayDeque<>();

  /** An index of empty slots. */
  public PrefixIndex(int slots) {
    this.slots = slots;
  }

  /**
   * A prompt was read. As in the engine's slots, it takes the place of the prompt that it shares
   * most with, if that is at least half of that one, else of the one used longest ago.
   */
  public void read(PrefixChain prompt) {
    PrefixChain replaced = null;
    int most = 0;
    for (PrefixChain older : latest) {
      int common = commonBlocks(prompt.hashes(), older.hashes());
      if (common > most && 2 * common >= older.hashes().length) {
        replaced = older;
        most = common;
      }
    }
    if (replaced != null) {
      latest.remove(replaced);
    } else if (latest.size() == slots) {
      latest.removeLast();
    }
    latest.addFirst(prompt);
  }

  private static int commonBlocks(long[] a, long[] b) {
    int mismatch = Arrays.mismatch(a, b);
    return mismatch < 0 ? a.length : mismatch;
  }

  /** The engine lost its cache. */
  public void clear() {
    latest.clear();
  }

  /** The beginnings held, those of the latest prompts first as far as there is room. */
  public PrefixDigest digest() {
    Set<Long> hashes = new LinkedHashSet<>();
    for (PrefixChain chain : latest) {
      for (long hash : chain.hashes()) {
        if (hashes.size() < PrefixDigest.MAX_HASHES) {
          hashes.add(hash);
        }
      }
    }
    long[] sorted = hashes.stream().mapToLong(Long::longValue).toArray();
    Arrays.sort(sorted);
    return new PrefixDigest(sorted);
  }
}
