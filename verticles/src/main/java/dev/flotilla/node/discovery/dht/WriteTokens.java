package dev.flotilla.node.discovery.dht;

import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Tokens that a node must have asked for at its own address before it may announce itself, so that
 * nobody announces others. Good for five to ten minutes.
 */
final class WriteTokens {
  private static final long PERIOD_MILLIS = 5 * 60_000;
  private static final int TOKEN_BYTES = 8;

  private final InstantSource clock;
  private final SecretKeySpec secret;

  WriteTokens(InstantSource clock, SecureRandom random) {
    this.clock = clock;
    byte[] bytes = new byte[32];
    random.nextBytes(bytes);
    this.secret = new SecretKeySpec(bytes, "HmacSHA256");
  }

  byte[] issue(InetAddress address) {
    return token(address, period());
  }

  boolean isValid(byte[] token, InetAddress address) {
    return MessageDigest.isEqual(token, token(address, period()))
        || MessageDigest.isEqual(token, token(address, period() - 1));
  }

  private long period() {
    return clock.millis() / PERIOD_MILLIS;
  }

  private byte[] token(InetAddress address, long period) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(secret);
      mac.update(address.getAddress());
      mac.update((byte) 0);
      for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
        mac.update((byte) (period >> shift));
      }
      return Arrays.copyOf(mac.doFinal(), TOKEN_BYTES);
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every JDK has HmacSHA256", impossible);
    }
  }
}
