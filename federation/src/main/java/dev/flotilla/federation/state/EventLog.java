package dev.flotilla.federation.state;

import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * The shared log through which entries reach all nodes. It may lose entries, repeat them and begin
 * anew: what is agreed on is decided by who has an entry on disk, and gaps are filled from the
 * leader. It only has to be quick.
 */
public interface EventLog {

  /**
   * Appends an entry; completes with its sequence number, or fails without saying whether it is in.
   */
  CompletionStage<Long> append(byte[] entry);

  /**
   * Reads entries as soon as there is one.
   *
   * @param sequence of the first that is wanted; if it is no longer there, the oldest one is
   * @param max entries at most
   */
  CompletionStage<Batch> read(long sequence, int max);

  /**
   * Entries read.
   *
   * @param next sequence number to go on from
   */
  record Batch(List<byte[]> entries, long next) {
    public Batch {
      entries = List.copyOf(entries);
    }
  }
}
