package dev.flotilla.sharding.store;

/** Why a slice is not there. */
public enum StoreFailure {
  /** A manifest breaks its format or a bound, or is not what its id says. */
  BAD_MANIFEST,
  /** The model's own headers disagree with its manifest, or it can't be cut there. */
  BAD_MODEL,
  /** The slice does not fit into the cache's bound beside what is in use, or onto the disk. */
  DISK_FULL,
  /** A peer answered nothing, or not what was asked for. */
  PEER_FAILED,
  /** A peer sent bytes that are not the tensor's. */
  WRONG_CONTENT,
  /** The cache's own files could not be read or written. */
  STORAGE,
  /** Who asked for the slice does not want it any more. */
  CANCELLED
}
