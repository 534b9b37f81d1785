package dev.flotilla.node.cluster;

/** Why a request to another node failed. */
public enum BusFailure {
  /** The node is no member now, or does not serve this address. */
  NOBODY,
  /** No answer came in time. */
  TIMEOUT,
  /** The message was not what the address takes. */
  MALFORMED,
  /** The sender is not a member to be believed, or its role does not permit this. */
  REFUSED,
  /** What was asked for does not exist. */
  NOT_FOUND,
  /** What was asked for does not fit the state of things. */
  CONFLICT,
  /** The node is too busy. */
  BUSY,
  /** The node failed to do it. */
  FAILED
}
