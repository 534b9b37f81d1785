package dev.flotilla.tokens;

import java.security.PublicKey;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * One copyable line that lets a machine enrol with any full node of a swarm, in one role and for a
 * while, without holding the swarm's secret.
 *
 * @param claims what it permits
 * @param swarm which swarm
 * @param authorityKeyHash SHA-256 of the swarm authority's public key, 64 hexadecimal characters:
 *     by this the newcomer knows that it talks to the swarm
 * @param key proves to full nodes that the claims are theirs. A secret
 * @param peers link addresses of full nodes, at least 1 and at most 16
 */
public record Invite(
    InviteClaims claims,
    SwarmId swarm,
    String authorityKeyHash,
    SwarmSecret key,
    List<PeerAddress> peers) {

  private static final int HASH_BYTES = 32;

  public Invite {
    peers = List.copyOf(peers);
    if (peers.isEmpty() || peers.size() > CredentialText.MAX_PEERS) {
      throw new TokenException(
          TokenFailure.MALFORMED,
          "an invite names 1 to " + CredentialText.MAX_PEERS + " addresses where to enrol");
    }
  }

  /** Mints an invite. */
  public static Invite mint(SwarmToken token, InviteClaims claims, List<PeerAddress> peers) {
    return new Invite(
        claims,
        token.swarm(),
        token.authority().keyHash(),
        new SwarmSecret(token.secret().inviteKey(claims)),
        peers);
  }

  /** Whether a line is meant as an invite, however wrong it may be. */
  public static boolean isInvite(String text) {
    return text.strip().startsWith(CredentialText.INVITE_PREFIX);
  }

  /** The proof that a newcomer holds this invite, bound to a server's nonce and to its own key. */
  public byte[] prove(byte[] nonce, PublicKey newcomer) {
    return Enrolment.proof(key.bytes(), nonce, newcomer);
  }

  /** The line that people copy. A secret. */
  public String encode() {
    return CredentialText.encode(
        CredentialText.INVITE_PREFIX,
        out -> {
          out.write(HexFormat.of().parseHex(claims.id()));
          out.writeUTF(claims.role().label());
          out.writeInt(claims.generation());
          CredentialText.writeInstant(out, Optional.of(claims.expires()));
          out.writeInt(claims.uses());
          out.write(HexFormat.of().parseHex(swarm.hex()));
          out.write(HexFormat.of().parseHex(authorityKeyHash));
          out.write(key.bytes());
          CredentialText.writePeers(out, peers);
        });
  }

  /**
   * Reads a line.
   *
   * @throws TokenException if it is none, mistyped, or of an unknown version
   */
  public static Invite parse(String text) {
    return CredentialText.decode(
        CredentialText.INVITE_PREFIX,
        "invite",
        text,
        in ->
            new Invite(
                new InviteClaims(
                    Hex.of(CredentialText.readBytes(in, SwarmId.BYTES)),
                    NodeRole.of(in.readUTF()),
                    in.readInt(),
                    CredentialText.readInstant(in).orElse(Instant.EPOCH),
                    in.readInt()),
                new SwarmId(Hex.of(CredentialText.readBytes(in, SwarmId.BYTES))),
                Hex.of(CredentialText.readBytes(in, HASH_BYTES)),
                new SwarmSecret(CredentialText.readBytes(in, SwarmSecret.BYTES)),
                CredentialText.readPeers(in)));
  }

  @Override
  public String toString() {
    return "Invite[" + claims + ", swarm=" + swarm + ", peers=" + peers + "]";
  }
}
