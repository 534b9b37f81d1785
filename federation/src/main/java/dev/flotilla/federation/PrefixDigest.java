package dev.flotilla.federation;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The beginnings of prompts that a replica's cache holds.
 *
 * @param hashes of {@link PrefixChain}s, ascending, at most {@value #MAX_HASHES}; not copied
 */
public record PrefixDigest(long[] hashes) {

  /** The most beginnings that are announced: 4 KiB. */
  public static final int MAX_HASHES = 512;

  /** Nothing cached. */
  public static final PrefixDigest EMPTY = new PrefixDigest(new long[0]);

  public PrefixDigest {
    if (hashes.length > MAX_HASHES) {
      throw new IllegalArgumentException(hashes.length + " prefix hashes");
    }
    for (int i = 1; i < hashes.length; i++) {
      if (hashes[i - 1] >= hashes[i]) {
        throw new IllegalArgumentException("prefix hashes are not ascending");
      }
    }
  }

  boolean contains(long hash) {
    return Arrays.binarySearch(hashes, hash) >= 0;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PrefixDigest that && Arrays.equals(hashes, that.hashes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(hashes);
  }

  @Override
  public String toString() {
    return "PrefixDigest[" + hashes.length + " hashes]";
  }
}
