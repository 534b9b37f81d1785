package dev.flotilla.engine;

/**
 * The running state of {@link Mirostat} for one session: the surprise that is allowed next. Works
 * on probabilities sorted from likeliest to least likely. Confined to one thread.
 */
public final class MirostatState {
  /** Tokens from which version 1 estimates Zipf's exponent, as in the paper. */
  private static final int ZIPF_SAMPLE = 100;

  private final Mirostat options;
  private double maxSurprise;

  /** The state before the first token. */
  public MirostatState(Mirostat options) {
    this.options = options;
    this.maxSurprise = 2.0 * options.tau();
  }

  /**
   * Chooses a token.
   *
   * @param sorted probabilities, likeliest first, that sum to 1; at least one
   * @param vocabularySize tokens of the model
   * @param unit a random number from 0 to 1
   * @return an index into {@code sorted}
   */
  public int choose(double[] sorted, int vocabularySize, double unit) {
    int kept =
        switch (options.version()) {
          case 1 -> keptByRank(sorted, vocabularySize);
          default -> keptBySurprise(sorted);
        };
    int chosen = draw(sorted, kept, unit);
    double mass = 0;
    for (int i = 0; i < kept; i++) {
      mass += sorted[i];
    }
    double surprise = -log2(sorted[chosen] / mass);
    maxSurprise -= options.eta() * (surprise - options.tau());
    return chosen;
  }

  /**
   * Version 1: as many ranks as Zipf's law, fitted to the top of the list, needs for the target
   * surprise.
   */
  private int keptByRank(double[] sorted, int vocabularySize) {
    double products = 0;
    double squares = 0;
    for (int i = 0; i < Math.min(ZIPF_SAMPLE, sorted.length) - 1; i++) {
      double rankRatio = Math.log((i + 2.0) / (i + 1.0));
      products += rankRatio * Math.log(sorted[i] / sorted[i + 1]);
      squares += rankRatio * rankRatio;
    }
    if (squares == 0) {
      return 1;
    }
    double exponent = products / squares;
    double excess = exponent - 1;
    double ranks =
        Math.pow(
            excess * Math.pow(2, maxSurprise) / (1 - Math.pow(vocabularySize, -excess)),
            1 / exponent);
    return Double.isNaN(ranks) ? sorted.length : (int) Math.clamp(ranks, 1, sorted.length);
  }

  /** Version 2: every token whose own surprise is within the allowed one. */
  private int keptBySurprise(double[] sorted) {
    int kept = 1;
    while (kept < sorted.length && -log2(sorted[kept]) <= maxSurprise) {
      kept++;
    }
    return kept;
  }

  private static int draw(double[] sorted, int kept, double unit) {
    double mass = 0;
    for (int i = 0; i < kept; i++) {
      mass += sorted[i];
    }
    double left = unit * mass;
    for (int i = 0; i < kept; i++) {
      left -= sorted[i];
      if (left < 0) {
        return i;
      }
    }
    return kept - 1;
  }

  private static double log2(double value) {
    return Math.log(value) / Math.log(2);
  }
}
