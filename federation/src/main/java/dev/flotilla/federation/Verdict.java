package dev.flotilla.federation;

import dev.flotilla.engine.EngineException;
import java.util.Optional;

/** Who is to blame for a session's failure. */
enum Verdict {
  /** It would fail anywhere. */
  REQUEST_AT_FAULT,
  /** It needs a larger context than the replica has. */
  REPLICA_TOO_SMALL,
  /** The replica is well, but does not take the session. */
  REPLICA_REFUSES,
  /** There is no such replica any more. */
  REPLICA_GONE,
  /** The replica is not well. */
  REPLICA_FAILED;

  static Verdict of(EngineException failure) {
    return switch (failure.failure()) {
      case INVALID_REQUEST ->
          // Another build or file of the model: its tokens are not ours.
          failure.field().equals(Optional.of("resumption")) ? REPLICA_FAILED : REQUEST_AT_FAULT;
      case UNSUPPORTED, CANCELLED -> REQUEST_AT_FAULT;
      case CONTEXT_EXCEEDED -> REPLICA_TOO_SMALL;
      case QUEUE_FULL, DRAINING -> REPLICA_REFUSES;
      case MODEL_GONE -> REPLICA_GONE;
      case ENGINE_LOST, MODEL_UNUSABLE, NATIVE_LIBRARY, INTERNAL -> REPLICA_FAILED;
    };
  }
}
