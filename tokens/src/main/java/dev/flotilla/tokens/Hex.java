package dev.flotilla.tokens;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Lower-case hexadecimal text. */
public final class Hex {
  private static final SecureRandom RANDOM = new SecureRandom();

  private Hex() {}

  /** The text of some bytes, two characters each. */
  public static String of(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  /** Unguessable text of some random bytes, two characters each. */
  public static String random(int bytes) {
    byte[] drawn = new byte[bytes];
    RANDOM.nextBytes(drawn);
    return of(drawn);
  }
}
