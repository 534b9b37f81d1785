package dev.flotilla.tokens;

import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.LocalDate;

/**
 * What makes a token a token: 32 random bytes from which the swarm's certificate authority and
 * every other key is derived (HKDF, RFC 5869). Never printed by {@link #toString()}.
 */
public final class SwarmSecret {
  static final int BYTES = 32;
  private static final int RENDEZVOUS_BYTES = 20;

  private final byte[] bytes;

  SwarmSecret(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new TokenException(
          TokenFailure.MALFORMED, "a swarm's secret has " + BYTES + " bytes, not " + bytes.length);
    }
    this.bytes = bytes.clone();
  }

  /** A new one. */
  public static SwarmSecret random(SecureRandom random) {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return new SwarmSecret(bytes);
  }

  /** The seed of the certificate authority's Ed25519 key. */
  byte[] authoritySeed() {
    return derive("authority", BYTES);
  }

  /** The key that proves an invite of these claims. */
  byte[] inviteKey(InviteClaims claims) {
    return derive("invite:" + claims.text(), BYTES);
  }

  /**
   * Where members meet in a public rendezvous on a day: 20 bytes that nobody without the secret can
   * tell from noise.
   */
  public byte[] rendezvous(LocalDate day) {
    return derive("rendezvous:" + day, RENDEZVOUS_BYTES);
  }

  private byte[] derive(String purpose, int length) {
    return Hashes.hkdf(bytes, purpose, length);
  }

  byte[] bytes() {
    return bytes.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SwarmSecret secret && MessageDigest.isEqual(bytes, secret.bytes);
  }

  @Override
  public int hashCode() {
    return 31;
  }

  @Override
  public String toString() {
    return "SwarmSecret[…]";
  }
}
