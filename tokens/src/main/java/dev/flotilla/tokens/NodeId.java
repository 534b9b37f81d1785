package dev.flotilla.tokens;

import java.security.PublicKey;
import java.util.regex.Pattern;

/**
 * Who a node is: the SHA-256 of its public key, so that nobody can claim it without the private
 * key.
 *
 * @param hex 64 lower-case hexadecimal characters
 */
public record NodeId(String hex) {
  private static final Pattern FORM = Pattern.compile("[0-9a-f]{64}");
  private static final int SHORT_CHARS = 12;

  public NodeId {
    if (!FORM.matcher(hex).matches()) {
      throw new TokenException(
          TokenFailure.MALFORMED, "a node id is 64 characters of 0-9 and a-f, not '" + hex + "'");
    }
  }

  /** The id of the node that holds a key pair. */
  public static NodeId of(PublicKey key) {
    return new NodeId(Hex.of(Hashes.sha256(key.getEncoded())));
  }

  /** Its first characters, enough for people to tell nodes apart. */
  public String shortened() {
    return hex.substring(0, SHORT_CHARS);
  }

  @Override
  public String toString() {
    return hex;
  }
}
