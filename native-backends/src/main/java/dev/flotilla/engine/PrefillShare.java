package dev.flotilla.engine;

/**
 * Decides how many prompt tokens to read in a step, so that a long prompt never stalls the sessions
 * that are generating: while both compete, reading prompts gets less than half of the compute time,
 * in slices short enough not to be felt. Confined to the compute thread.
 */
final class PrefillShare {
  /**
   * Compute time that generation keeps. Its steps are slower between slices than by themselves, so
   * that this leaves it a little more than half of its rate.
   */
  private static final double DECODE_SHARE = 0.65;

  /** How long a slice may take while sessions generate. */
  private static final long MIXED_SLICE_NANOS = 200_000_000;

  /**
   * How long a slice may take while none does: the wait of a session that arrives during it. Not
   * less, since slices cost speed: llama.cpp reads prompts a fifth slower by 64 tokens than by 512.
   */
  private static final long SLICE_NANOS = 6_000_000_000L;

  /** Below this a batch is inefficient: the weights are read for too few rows. */
  private static final int MIN_TOKENS = 16;

  /** Weight of a new measurement in the running estimate. */
  private static final double SMOOTHING = 0.3;

  private final int maxTokens;
  private double nanosPerToken;
  private long balanceNanos;

  /**
   * A share for steps of at most {@code maxTokens} prompt tokens.
   *
   * @param maxTokens rows computed at once
   */
  PrefillShare(int maxTokens) {
    this.maxTokens = maxTokens;
  }

  /**
   * The most prompt tokens to read now.
   *
   * @param decoding whether sessions are generating
   * @return 0 if it is generation's turn
   */
  int tokens(boolean decoding) {
    if (!decoding) {
      balanceNanos = 0;
      return slice(SLICE_NANOS, 4 * MIN_TOKENS);
    }
    int tokens = slice(MIXED_SLICE_NANOS, MIN_TOKENS);
    return balanceNanos >= tokens * nanosPerToken ? tokens : 0;
  }

  private int slice(long nanos, int least) {
    return nanosPerToken == 0
        ? Math.min(maxTokens, 4 * MIN_TOKENS)
        : (int) Math.clamp(nanos / nanosPerToken, Math.min(least, maxTokens), maxTokens);
  }

  /** Takes note of a step that generated while prompts were waiting. */
  void decoded(long nanos) {
    long earned = (long) (nanos * (1 - DECODE_SHARE) / DECODE_SHARE);
    // Unused time is not saved up beyond one slice: it would be spent as a stall. But the least
    // slice must stay within reach, however slow the machine is, or prompts would wait for ever.
    long most = Math.max(2 * MIXED_SLICE_NANOS, (long) Math.ceil(MIN_TOKENS * nanosPerToken));
    balanceNanos = Math.min(balanceNanos + earned, most);
  }

  /** Takes note of a step that read prompt tokens. */
  void prefilled(int tokens, long nanos, boolean decoding) {
    double perToken = (double) nanos / tokens;
    nanosPerToken =
        nanosPerToken == 0 ? perToken : nanosPerToken + SMOOTHING * (perToken - nanosPerToken);
    if (decoding) {
      balanceNanos -= nanos;
    }
  }

  /**
   * Divides a budget fairly over prompts: each gets the same, and what short ones leave goes to the
   * others.
   *
   * @param remaining tokens that each prompt still needs
   * @return tokens for each, at most {@code budget} in all
   */
  static int[] divide(int budget, int[] remaining) {
    int[] shares = new int[remaining.length];
    int left = budget;
    boolean given = true;
    while (left > 0 && given) {
      given = false;
      int unmet = 0;
      for (int i = 0; i < remaining.length; i++) {
        unmet += shares[i] < remaining[i] ? 1 : 0;
      }
      for (int i = 0; i < remaining.length && left > 0 && unmet > 0; i++) {
        int more = Math.min(remaining[i] - shares[i], Math.max(1, left / unmet));
        if (more > 0) {
          shares[i] += more;
          left -= more;
          unmet--;
          given = true;
        }
      }
    }
    return shares;
  }
}
