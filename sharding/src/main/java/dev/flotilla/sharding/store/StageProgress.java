package dev.flotilla.sharding.store;

/**
 * How far a slice is.
 *
 * @param doneBytes verified, of what the slice needs
 * @param totalBytes that the slice needs; 0 before that is known
 */
public record StageProgress(StageKey key, Phase phase, long doneBytes, long totalBytes) {

  /** What is being done. */
  public enum Phase {
    /** The manifest and the model's headers are fetched. */
    DESCRIBING,
    /** What was fetched before is verified again. */
    CHECKING,
    /** Tensors are fetched. */
    FETCHING,
    /** No peer has what is missing; goes on when one comes. */
    WAITING,
    /** Whole, verified, on the disk. */
    READY
  }
}
