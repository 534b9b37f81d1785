package dev.flotilla.node.placement;

import java.util.List;

/** How a pipeline that runs could do better. */
public sealed interface Change {

  /** How many times the rate of an answer would be what it is; NaN if that is not known. */
  double speedup();

  /** Equal for changes that come to the same: which cuts are best may differ from day to day. */
  Object kind();

  /** A stage moves as it is. */
  record Move(Seat from, Seat to, double speedup) implements Change {
    @Override
    public Object kind() {
      return new Move(from, to, 0);
    }
  }

  /**
   * Layers are cut anew: another pipeline is built beside the one that runs.
   *
   * @param stages in order; the first one is the head's
   */
  record Recut(List<Seat> stages, double speedup) implements Change {
    public Recut {
      stages = List.copyOf(stages);
    }

    @Override
    public Object kind() {
      return Recut.class;
    }
  }
}
