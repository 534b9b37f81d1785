package dev.flotilla.engine;

/**
 * Randomness as a function of (seed, position), with no hidden state: a session that is resumed
 * elsewhere draws the same numbers. The mixing function is SplitMix64's finalizer (Steele, Lea and
 * Flood, OOPSLA 2014).
 */
public final class PositionalRandom {
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  private PositionalRandom() {}

  /** 64 well-mixed bits. */
  public static long bits(long seed, int position) {
    long z = mix(seed) + GOLDEN_GAMMA * (position + 1L);
    return mix(z);
  }

  /** A number from 0 (inclusive) to 1 (exclusive). */
  public static double unit(long seed, int position) {
    return (bits(seed, position) >>> 11) * 0x1.0p-53;
  }

  private static long mix(long value) {
    long z = value;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
