package dev.flotilla.engine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What the last stage of a chain must know to choose a session's tokens.
 *
 * @param sampling how
 * @param observed tokens of the prompt that penalties look back on; not copied, must not be changed
 * @param replayed tokens that were chosen before, in order; not copied, must not be changed
 * @param replayedFrom the index of the first of them in the session's sequence
 * @param exact whether the shapes of its batches must be the same if they are computed once more
 */
public record SlotOpening(
    SamplingOptions sampling, int[] observed, int[] replayed, int replayedFrom, boolean exact) {

  /** The same, with other tokens chosen before. */
  public SlotOpening replaying(int[] tokens) {
    return new SlotOpening(sampling, observed, tokens, replayedFrom, exact);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SlotOpening that
        && sampling.equals(that.sampling)
        && Arrays.equals(observed, that.observed)
        && Arrays.equals(replayed, that.replayed)
        && replayedFrom == that.replayedFrom
        && exact == that.exact;
  }

  @Override
  public int hashCode() {
    return 31 * sampling.hashCode() + Arrays.hashCode(replayed);
  }

  @Override
  public String toString() {
    return "SlotOpening[%d observed, %d replayed]".formatted(observed.length, replayed.length);
  }
}
