package dev.flotilla.sharding.chain;

import dev.flotilla.engine.Sampler;

/**
 * A sampler that knows few words, so that its texts repeat themselves, but never for long: what it
 * chooses depends on all that it has taken note of, and on what the stages have computed.
 */
final class ForgetfulWriter implements Sampler {
  private static final int WORDS = 3;

  private final Sampler sampler;
  private final int period;
  private long noted;

  /**
   * A writer.
   *
   * @param sampler chooses from what was computed
   * @param period it repeats itself but for one word in so many
   */
  ForgetfulWriter(Sampler sampler, int period) {
    this.sampler = sampler;
    this.period = period;
  }

  @Override
  public void observe(int token) {
    sampler.observe(token);
    noted = 31 * noted + token;
  }

  @Override
  public Choice choose(int row, int position) {
    Choice computed = sampler.choose(row, position);
    long random = noted + computed.token();
    int word =
        Math.floorMod(random, period) == 0 ? Math.floorMod(random / period, WORDS) : position;
    int token = 'a' + Math.floorMod(word, WORDS);
    noted = 31 * noted + token;
    return new Choice(token, computed.logprob());
  }

  @Override
  public void replay(int row, int position, int token) {
    sampler.replay(row, position, token);
    noted = 31 * noted + token;
  }

  @Override
  public void close() {
    sampler.close();
  }
}
