package dev.flotilla.federation;

import java.util.Random;

/**
 * What a test draws at random, from a seed that it prints: {@code -Dflotilla.seed=S} draws the same
 * again.
 */
public record SeededSampling(long seed, Random random) {

  /** From the seed that was asked for, or a new one. */
  public static SeededSampling begin() {
    long seed = Long.getLong("flotilla.seed", new Random().nextLong());
    System.out.println("flotilla.seed=" + seed);
    return new SeededSampling(seed, new Random(seed));
  }

  /** A copy of bytes of which some, up to so many, were overwritten. */
  public byte[] damaged(byte[] good, int most) {
    byte[] bad = good.clone();
    for (int changes = 1 + random.nextInt(most); changes > 0; changes--) {
      bad[random.nextInt(bad.length)] = (byte) random.nextInt();
    }
    return bad;
  }
}
