package dev.flotilla.node.api;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * A key by which clients enter the API. Validates itself; its messages are for people and never
 * tell the key.
 *
 * @param name what its holder is called, where requests are told apart
 * @param sha256 the key's hash in lower-case hexadecimal; the key itself is not kept
 * @param role what its holder may do
 * @param requestsPerMinute how many requests its holder may send; empty for any number
 * @param tokensPerMinute how many tokens may be computed for its holder; empty for any number
 */
public record ApiKey(
    String name,
    String sha256,
    ApiRole role,
    OptionalInt requestsPerMinute,
    OptionalInt tokensPerMinute) {

  /** The shortest key that is accepted: anything shorter is a typing error. */
  public static final int MIN_CHARS = 8;

  /** The highest limit that can be set. */
  public static final int MAX_PER_MINUTE = 10_000_000;

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

  public ApiKey {
    require(
        NAME.matcher(name).matches(),
        "the name of a key has 1 to 64 letters, digits, dots, hyphens and underscores");
    require(
        !name.equals(Caller.ANONYMOUS) && !name.equals(Caller.ADMIN_KEY),
        "the name " + name + " is taken: give the key another");
    require(HASH.matcher(sha256).matches(), "the hash of a key has 64 hexadecimal digits");
    requireLimit("requests-per-minute", requestsPerMinute);
    requireLimit("tokens-per-minute", tokensPerMinute);
  }

  /** A key of a user without limits. */
  public static ApiKey ofUser(String name, String key) {
    return new ApiKey(name, hash(key), ApiRole.USER, OptionalInt.empty(), OptionalInt.empty());
  }

  /**
   * The hash of a key.
   *
   * @throws IllegalArgumentException if it can't be one, as it is too short or can't be sent
   */
  public static String hash(String key) {
    require(
        key.length() >= MIN_CHARS && key.chars().allMatch(c -> c > ' ' && c < 0x7f),
        "an API key needs at least " + MIN_CHARS + " visible ASCII characters");
    return HexFormat.of().formatHex(sha256Of(key));
  }

  /** SHA-256 of what a client sent, whatever it is. */
  static byte[] sha256Of(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void requireLimit(String name, OptionalInt limit) {
    limit.ifPresent(value ->
        require(
            value >= 1 && value <= MAX_PER_MINUTE,
            name + " must be between 1 and " + MAX_PER_MINUTE + ", not " + value));
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }

  /** Without the hash: that of a short key tells the key. */
  @Override
  public String toString() {
    return "ApiKey[" + name + ", " + role.label() + "]";
  }
}
