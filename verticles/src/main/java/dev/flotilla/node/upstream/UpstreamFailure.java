package dev.flotilla.node.upstream;

/** Why an upstream did not answer a request. */
public enum UpstreamFailure {
  /** It says that the request is wrong; others would say the same. */
  REQUEST_REFUSED,
  /** It has no room, and said when it may. */
  BUSY,
  /** It does not have the model, or not any more. */
  MODEL_GONE,
  /** It does not take the key that it was given. */
  KEY_REFUSED,
  /** It can't be reached, or gave up before the first byte of its answer. */
  UNREACHABLE,
  /** It gave nothing for too long. */
  SILENT,
  /** It failed by its own word (5xx), or answered what is no answer. */
  BROKEN,
  /** Its answer broke off. */
  LOST,
  /** No upstream serves the model right now. */
  NONE_LEFT;

  /** Whether another upstream may do better. */
  boolean mayGoElsewhere() {
    return switch (this) {
      case BUSY, MODEL_GONE, KEY_REFUSED, UNREACHABLE, SILENT, BROKEN -> true;
      case REQUEST_REFUSED, LOST, NONE_LEFT -> false;
    };
  }

  /** Whether it tells of a server that had better be left alone for a while. */
  boolean countsAgainstServer() {
    return switch (this) {
      case KEY_REFUSED, UNREACHABLE, SILENT, BROKEN, LOST -> true;
      case REQUEST_REFUSED, BUSY, MODEL_GONE, NONE_LEFT -> false;
    };
  }
}
