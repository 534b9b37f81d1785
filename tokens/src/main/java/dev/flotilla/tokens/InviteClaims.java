package dev.flotilla.tokens;

import java.time.Instant;

/**
 * What an invite permits. Its key is derived from exactly these, so that none can be changed.
 *
 * @param id 32 hexadecimal characters of its own
 * @param role what the newcomer becomes: anything but a full node
 * @param generation of the secret that it was minted with
 * @param expires when it is no longer accepted
 * @param uses how many nodes may enrol with it, 1 to {@value #MAX_USES}
 */
public record InviteClaims(String id, NodeRole role, int generation, Instant expires, int uses) {

  /** The most nodes that one invite may admit. */
  public static final int MAX_USES = 10_000;

  private static final int ID_CHARS = 32;

  public InviteClaims {
    if (id.length() != ID_CHARS || !id.chars().allMatch(InviteClaims::isHex)) {
      throw new TokenException(
          TokenFailure.MALFORMED, "an invite's id is 32 characters of 0-9 and a-f");
    }
    if (role == NodeRole.FULL) {
      throw new TokenException(
          TokenFailure.ROLE, "an invite makes no full node: give the token itself for that");
    }
    if (uses < 1 || uses > MAX_USES) {
      throw new TokenException(
          TokenFailure.MALFORMED, "an invite has 1 to " + MAX_USES + " uses, not " + uses);
    }
    if (generation < 0) {
      throw new TokenException(TokenFailure.MALFORMED, "an invite's generation is 0 or more");
    }
  }

  private static boolean isHex(int c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  }

  String text() {
    return String.join(
        ":",
        id,
        role.label(),
        Integer.toString(generation),
        Long.toString(expires.getEpochSecond()),
        Integer.toString(uses));
  }
}
