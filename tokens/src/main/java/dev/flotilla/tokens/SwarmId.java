package dev.flotilla.tokens;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.regex.Pattern;

/**
 * Which swarm: no secret, the same through every rotation.
 *
 * @param hex 32 lower-case hexadecimal characters
 */
public record SwarmId(String hex) {
  private static final Pattern FORM = Pattern.compile("[0-9a-f]{32}");
  static final int BYTES = 16;
  private static final int ANNOUNCED_CHARS = 32;

  public SwarmId {
    if (!FORM.matcher(hex).matches()) {
      throw new TokenException(
          TokenFailure.MALFORMED, "a swarm id is 32 characters of 0-9 and a-f, not '" + hex + "'");
    }
  }

  /** A new one. */
  public static SwarmId random(SecureRandom random) {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return new SwarmId(Hex.of(bytes));
  }

  /** What is announced on a local network: members recognise it, others learn nothing from it. */
  public String announced() {
    return digest("announce").substring(0, ANNOUNCED_CHARS);
  }

  /** The cluster's name: two swarms on one network never try to merge. */
  public String clusterName() {
    return "flotilla-" + digest("cluster").substring(0, BYTES);
  }

  private String digest(String purpose) {
    return Hex.of(Hashes.sha256((purpose + ":" + hex).getBytes(StandardCharsets.US_ASCII)));
  }

  @Override
  public String toString() {
    return hex;
  }
}
