package dev.flotilla.engine;

import java.util.HashMap;
import java.util.Map;

/**
 * Decides how many prompt tokens to read in a step, so that a long prompt never stalls the sessions
 * that are generating: while both compete, reading prompts gets less than half of the compute time,
 * in slices short enough not to be felt.
 *
 * <p>Short prompts that arrive together are another matter: generation is fast only where many
 * sessions share a step, so that all gain if they join it soon. They are lent time, which
 * generation gets back before prompts have their share again. Confined to the compute thread.
 */
final class PrefillShare {
  /** Tokens that a prompt may still need to be lent time. */
  static final int SHORT_PROMPT_TOKENS = 128;

  /** What generation keeps of the rate that it has by itself. */
  private static final double DECODE_RATE = 0.53;

  /** Compute time that generation keeps as long as its rate by itself is not known. */
  private static final double DECODE_SHARE = 0.65;

  /** What prompts get for each second of generation, however slow that has become. */
  private static final double LEAST_EARNED = 0.2;

  /** How long a slice may take while sessions generate. */
  private static final long MIXED_SLICE_NANOS = 200_000_000;

  /**
   * Rows for which llama.cpp's attention goes over the cache once. It does so for each of fewer,
   * which makes the end of a long prompt three times as dear ({@code GGML_FA_TILE_Q}).
   */
  private static final int TILE_TOKENS = 64;

  /** How long a slice of so many may take while sessions generate; smaller ones are read else. */
  private static final long TILE_SLICE_NANOS = 1_000_000_000;

  /**
   * How long a slice may take while none does: the wait of a session that arrives during it. Not
   * less, since slices cost speed: llama.cpp reads prompts a fifth slower by 64 tokens than by 512.
   */
  private static final long SLICE_NANOS = 6_000_000_000L;

  /** The most time that prompts may owe. */
  private static final long LOAN_NANOS = 6_000_000_000L;

  /** What is lent for each second of generation: it keeps a fifth of the time. */
  private static final int LENT_SHARE = 4;

  /** Below this a batch is inefficient: the weights are read for too few rows. */
  static final int MIN_TOKENS = 16;

  /** Weight of a new measurement in the running estimate. */
  private static final double SMOOTHING = 0.3;

  /**
   * The same of a step that took longer than its like, where that is somebody else's doing as a
   * rule: the last ones before a prompt is read are held up by its arrival.
   */
  private static final double SLOWER_SMOOTHING = 0.02;

  private final int maxTokens;
  private double nanosPerToken;
  private long balanceNanos;

  /** Of generation, since prompts were last read. */
  private long decodedNanos;

  /** What a step of so many sessions takes where no prompt competes, by their number. */
  private final Map<Integer, Double> aloneNanos = new HashMap<>();

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
    int tokens = mixedSlice();
    return balanceNanos >= tokens * nanosPerToken ? tokens : 0;
  }

  /**
   * The most tokens of short prompts to read now, while sessions generate, beyond the prompts'
   * share.
   *
   * @param wanted tokens of prompts that need {@link #SHORT_PROMPT_TOKENS} at most
   * @return 0 if it is generation's turn
   */
  int lent(int wanted) {
    if (nanosPerToken == 0) {
      return 0;
    }
    long nanos = Math.min(LENT_SHARE * decodedNanos, LOAN_NANOS + balanceNanos);
    int tokens = (int) Math.clamp(nanos / nanosPerToken, 0, Math.min(wanted, maxTokens));
    return tokens >= Math.min(wanted, MIN_TOKENS) ? tokens : 0;
  }

  private int mixedSlice() {
    int brief = slice(MIXED_SLICE_NANOS, MIN_TOKENS);
    return TILE_TOKENS * nanosPerToken <= TILE_SLICE_NANOS
        ? Math.max(brief, Math.min(TILE_TOKENS, maxTokens))
        : brief;
  }

  private int slice(long nanos, int least) {
    return nanosPerToken == 0
        ? Math.min(maxTokens, 4 * MIN_TOKENS)
        : (int) Math.clamp(nanos / nanosPerToken, Math.min(least, maxTokens), maxTokens);
  }

  /**
   * Takes note of a step that generated.
   *
   * @param sessions that it generated for
   * @param contended whether prompts were waiting
   */
  void decoded(int sessions, long nanos, boolean contended) {
    long earned = earned(sessions, nanos);
    if (contended) {
      decodedNanos += nanos;
      // Unused time is not saved up beyond one slice: it would be spent as a stall. But a slice
      // must stay within reach, however slow the machine is, or prompts would wait for ever.
      long most = Math.max(2 * MIXED_SLICE_NANOS, (long) Math.ceil(mixedSlice() * nanosPerToken));
      balanceNanos = Math.min(balanceNanos + earned, most);
    } else {
      aloneNanos.merge(sessions, (double) nanos, PrefillShare::undisturbed);
      balanceNanos = Math.min(balanceNanos + earned, Math.max(balanceNanos, 0));
    }
  }

  /** The time that a step of generation earns for prompts. */
  private long earned(int sessions, long nanos) {
    Double alone = aloneNanos.get(sessions);
    return alone == null
        ? (long) (nanos * (1 - DECODE_SHARE) / DECODE_SHARE)
        : (long) Math.max(alone / DECODE_RATE - nanos, LEAST_EARNED * nanos);
  }

  /** Takes note of a step that read prompt tokens. Of a few it tells nothing about many. */
  void prefilled(int tokens, long nanos, boolean decoding) {
    double perToken = (double) nanos / tokens;
    if (nanosPerToken == 0) {
      nanosPerToken = perToken;
    } else if (tokens >= MIN_TOKENS) {
      nanosPerToken = smoothed(nanosPerToken, perToken);
    }
    decodedNanos = 0;
    if (decoding) {
      balanceNanos -= nanos;
    }
  }

  private static double undisturbed(double before, double now) {
    return now < before ? smoothed(before, now) : before + SLOWER_SMOOTHING * (now - before);
  }

  private static double smoothed(double before, double now) {
    return before + SMOOTHING * (now - before);
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
