package dev.flotilla.engine;

/**
 * How many tokens to draft for a session: as many as give the most tokens in a time, judged by how
 * often its drafts held of late and by what steps take. Where none pay, a short one is tried now
 * and then. Pure.
 *
 * @param tried drafted tokens that were put to the test, those of late counting more
 * @param held those of them that turned out right
 * @param passedOver drafts in a row that were not sent
 */
record DraftPolicy(double tried, double held, int passedOver) {
  /** For a session without drafts so far. */
  static final DraftPolicy NEW = new DraftPolicy(2, 1, 0);

  private static final double FADING = 0.875;

  /** What drafts must gain for the trouble. */
  private static final double LEAST_GAIN = 1.05;

  private static final int RETRY_AFTER = 32;
  private static final int RETRY_LENGTH = 2;

  /**
   * Takes note of a draft that came back. After its first wrong token, nothing was put to the test.
   *
   * @param drafted tokens sent, at least one
   * @param accepted tokens that were right
   */
  DraftPolicy verified(int drafted, int accepted) {
    int tested = Math.min(drafted, accepted + 1);
    return new DraftPolicy(tried * FADING + tested, held * FADING + accepted, 0);
  }

  /** Takes note of a draft that was not sent. */
  DraftPolicy passed() {
    return new DraftPolicy(tried, held, passedOver + 1);
  }

  /**
   * How many tokens of a draft to send.
   *
   * @param sessions that generate: a step that takes longer delays all of them
   * @param most tokens of the draft
   */
  int length(StepCost cost, int sessions, int most) {
    if (cost.plainIsDue()) {
      return 0;
    }
    int best = 0;
    double bestRate = LEAST_GAIN * sessions / cost.nanos(0);
    double tokens = sessions;
    double right = 1;
    for (int length = 1; length <= most; length++) {
      right *= held / tried;
      tokens += right;
      double rate = tokens / cost.nanos(length);
      if (rate > bestRate) {
        best = length;
        bestRate = rate;
      }
    }
    return best == 0 && passedOver >= RETRY_AFTER ? Math.min(RETRY_LENGTH, most) : best;
  }
}
