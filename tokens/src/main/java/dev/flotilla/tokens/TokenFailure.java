package dev.flotilla.tokens;

/** Why a token, a certificate or another credential is refused. */
public enum TokenFailure {
  /** It does not parse. */
  MALFORMED,
  /** It was mistyped or cut: its checksum does not fit. */
  CHECKSUM,
  /** It is of a version that this release does not know. */
  UNKNOWN_VERSION,
  /** It is a credential of another kind: an invite where a token is needed, say. */
  WRONG_KIND,
  /** Its time is over. */
  EXPIRED,
  /** Its time has not come: a clock is wrong. */
  NOT_YET_VALID,
  /** It was not issued by this swarm. */
  OTHER_SWARM,
  /** It belongs to a node that was thrown out. */
  REVOKED,
  /** Its holder's role does not permit this. */
  ROLE,
  /** It is a valid credential of somebody else. */
  UNEXPECTED_NODE,
  /** An invite that was used as often as it may be. */
  USED_UP,
  /** The proof that comes with it does not hold. */
  PROOF,
  /** A file that holds it can't be read or written. */
  STORAGE
}
