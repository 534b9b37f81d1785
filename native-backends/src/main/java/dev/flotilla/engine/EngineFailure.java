package dev.flotilla.engine;

/** Why an engine refused or lost work: the one list of causes of the engine family. */
public enum EngineFailure {
  /** A field of the request is wrong; retrying the same request fails again. */
  INVALID_REQUEST,
  /** Prompt plus answer do not fit the context of the model as it is loaded. */
  CONTEXT_EXCEEDED,
  /** All slots are taken and the waiting queue is at its bound; a later retry may succeed. */
  QUEUE_FULL,
  /**
   * The model file can't be loaded: corrupt, of an unknown architecture, or too big for the memory.
   */
  MODEL_UNUSABLE,
  /** The native libraries are missing, altered or of another release than the one pinned. */
  NATIVE_LIBRARY,
  /** The loaded model or backend can't do what was asked. */
  UNSUPPORTED,
  /** The engine has stopped or crashed; its sessions are lost, a restart may be under way. */
  ENGINE_LOST,
  /** The engine is draining and takes no new sessions. */
  DRAINING,
  /** The session was cancelled by its owner. */
  CANCELLED,
  /** A fault of the engine itself. */
  INTERNAL,
  /** The model is no longer served where it was; no session that has begun fails so. */
  MODEL_GONE
}
