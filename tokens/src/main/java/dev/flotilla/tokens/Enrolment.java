package dev.flotilla.tokens;

import java.security.MessageDigest;
import java.security.PublicKey;
import java.time.Instant;

/**
 * How a full node decides on a newcomer. Pure; how often an invite was used already and that a
 * nonce is used once are the caller's to keep.
 */
public final class Enrolment {
  /** Length of the nonce that a full node gives a newcomer, in bytes. */
  public static final int NONCE_BYTES = 32;

  private Enrolment() {}

  /**
   * Checks a newcomer's proof.
   *
   * @param token of the generation that the claims name
   * @param claims what the newcomer says its invite permits
   * @param nonce that this full node gave it
   * @param newcomer its public key
   * @param proof what {@link Invite#prove} made
   * @param used how many nodes enrolled with this invite already
   * @throws TokenException if it is not admitted
   */
  public static void check(
      SwarmToken token,
      InviteClaims claims,
      byte[] nonce,
      PublicKey newcomer,
      byte[] proof,
      int used,
      Instant now) {
    byte[] expected = proof(token.secret().inviteKey(claims), nonce, newcomer);
    if (!MessageDigest.isEqual(expected, proof)) {
      throw new TokenException(
          TokenFailure.PROOF, "the proof of the invite does not hold: it is not of this swarm");
    }
    if (now.isAfter(claims.expires().plus(SwarmTrust.CLOCK_SKEW))) {
      throw new TokenException(
          TokenFailure.EXPIRED,
          "the invite expired on " + claims.expires() + ": ask for a new one");
    }
    if (used >= claims.uses()) {
      throw new TokenException(
          TokenFailure.USED_UP,
          "the invite was used " + used + " times, as often as it may be: ask for a new one");
    }
  }

  static byte[] proof(byte[] key, byte[] nonce, PublicKey newcomer) {
    return Hashes.hmacSha256(key, Hashes.sha256(nonce, newcomer.getEncoded()));
  }
}
