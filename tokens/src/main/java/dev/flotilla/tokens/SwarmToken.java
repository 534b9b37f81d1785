package dev.flotilla.tokens;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * The whole trust of a swarm in one copyable line: whoever holds it can join as a full node, admit
 * and expel others. {@link #toString()} shows no secret; {@link #encode()} is the line itself.
 *
 * @param name what people call the swarm, at most {@value #MAX_NAME_CHARS} characters
 * @param swarm which swarm
 * @param generation how often the secret was rotated
 * @param secret what everything is derived from
 * @param expires when the line is no longer accepted; nodes that joined by then stay
 * @param peers where members may be found, at most 16
 */
public record SwarmToken(
    String name,
    SwarmId swarm,
    int generation,
    SwarmSecret secret,
    Optional<Instant> expires,
    List<PeerAddress> peers) {

  /** The longest name of a swarm. */
  public static final int MAX_NAME_CHARS = 64;

  public SwarmToken {
    peers = List.copyOf(peers);
    if (name.length() > MAX_NAME_CHARS || name.chars().anyMatch(Character::isISOControl)) {
      throw new TokenException(
          TokenFailure.MALFORMED,
          "a swarm's name has at most " + MAX_NAME_CHARS + " printable characters");
    }
    if (generation < 0 || peers.size() > CredentialText.MAX_PEERS) {
      throw new TokenException(
          TokenFailure.MALFORMED,
          "a token has a generation of 0 or more and at most "
              + CredentialText.MAX_PEERS
              + " peers");
    }
  }

  /** The token of a new swarm. */
  public static SwarmToken create(String name, Optional<Instant> expires, SecureRandom random) {
    return new SwarmToken(
        name, SwarmId.random(random), 0, SwarmSecret.random(random), expires, List.of());
  }

  /** The token of the same swarm with a new secret. */
  public SwarmToken rotated(SecureRandom random) {
    return new SwarmToken(name, swarm, generation + 1, SwarmSecret.random(random), expires, peers);
  }

  /** The same token with other hints where members are. */
  public SwarmToken withPeers(List<PeerAddress> hints) {
    return new SwarmToken(name, swarm, generation, secret, expires, hints);
  }

  /** The certificate authority that this token makes. */
  public SwarmAuthority authority() {
    return SwarmAuthority.of(this);
  }

  /** Whether a line is meant as a token, however wrong it may be. */
  public static boolean isToken(String text) {
    return text.strip().startsWith(CredentialText.TOKEN_PREFIX);
  }

  /** The line that people copy. A secret. */
  public String encode() {
    return CredentialText.encode(
        CredentialText.TOKEN_PREFIX,
        out -> {
          out.writeUTF(name);
          out.write(HexFormat.of().parseHex(swarm.hex()));
          out.writeInt(generation);
          out.write(secret.bytes());
          CredentialText.writeInstant(out, expires);
          CredentialText.writePeers(out, peers);
        });
  }

  /**
   * Reads a line. Whether it has {@link #requireUsable expired} is another question.
   *
   * @throws TokenException if it is none, mistyped, or of an unknown version
   */
  public static SwarmToken parse(String text) {
    return CredentialText.decode(
        CredentialText.TOKEN_PREFIX,
        "token",
        text,
        in ->
            new SwarmToken(
                in.readUTF(),
                new SwarmId(Hex.of(CredentialText.readBytes(in, SwarmId.BYTES))),
                in.readInt(),
                new SwarmSecret(CredentialText.readBytes(in, SwarmSecret.BYTES)),
                CredentialText.readInstant(in),
                CredentialText.readPeers(in)));
  }

  /**
   * This token, if it may still be used to join.
   *
   * @throws TokenException if it has expired
   */
  public SwarmToken requireUsable(Instant now) {
    expires
        .filter(end -> now.isAfter(end.plus(SwarmTrust.CLOCK_SKEW)))
        .ifPresent(end -> {
          throw new TokenException(
              TokenFailure.EXPIRED,
              "this token expired on "
                  + end
                  + ": ask a member for a new one (flotilla token show)");
        });
    return this;
  }
}
