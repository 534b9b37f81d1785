package dev.flotilla.sharding.chain;

/**
 * Tokens that were guessed ahead.
 *
 * @param drafted how many
 * @param accepted how many of them were right
 */
record DraftTally(int drafted, int accepted) {
  static final DraftTally NONE = new DraftTally(0, 0);

  DraftTally plus(boolean right) {
    return new DraftTally(drafted + 1, accepted + (right ? 1 : 0));
  }
}
