package dev.flotilla.federation;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A prompt as hashes of its beginnings: the hash at index {@code i} stands for the first {@code (i
 * + 1) *} {@value #BLOCK_CHARS} chars. Two prompts share as many leading hashes as they share whole
 * blocks of text. Text is hashed rather than tokens since a gateway need not have the model's
 * vocabulary; what hangs on a collision is speed, never an answer.
 *
 * @param hashes one per whole block, at most {@value #MAX_BLOCKS}; not copied
 * @param chars chars of the prompt
 */
public record PrefixChain(long[] hashes, int chars) {

  /** Chars per block: about 64 tokens of English. */
  public static final int BLOCK_CHARS = 256;

  /** Blocks looked at; what follows in a longer prompt counts as uncached. */
  public static final int MAX_BLOCKS = 1024;

  /** The chain of a prompt. */
  public static PrefixChain of(CharSequence prompt) {
    long[] hashes = new long[Math.min(MAX_BLOCKS, prompt.length() / BLOCK_CHARS)];
    long hash = 0;
    for (int block = 0; block < hashes.length; block++) {
      int end = (block + 1) * BLOCK_CHARS;
      for (int at = end - BLOCK_CHARS; at < end; at++) {
        // Multiplied by the golden ratio's prime (as in Fibonacci hashing), folded, char by char.
        hash = (hash ^ prompt.charAt(at)) * 0x9E3779B97F4A7C15L;
        hash ^= hash >>> 32;
      }
      hashes[block] = hash;
    }
    return new PrefixChain(hashes, prompt.length());
  }

  /** The part of the prompt, 0 to 1, that a cache holds. */
  double cachedShare(PrefixDigest digest) {
    for (int block = hashes.length; block > 0; block--) {
      if (digest.contains(hashes[block - 1])) {
        return (double) block * BLOCK_CHARS / chars;
      }
    }
    return 0;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PrefixChain that
        && chars == that.chars
        && Arrays.equals(hashes, that.hashes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(hashes);
  }

  @Override
  public String toString() {
    return "PrefixChain[" + hashes.length + " blocks, " + chars + " chars]";
  }
}
