package dev.flotilla.tokens;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;

/**
 * What a full node tells all members in the swarm's name, signed by the swarm's authority, so that
 * it does not matter who passes it on.
 */
public sealed interface SwarmStatement {

  /** The most nodes that a rotation may name. */
  int MAX_MEMBERS = 10_000;

  /** The longest reason of a revocation. */
  int MAX_REASON_CHARS = 200;

  /**
   * A node is thrown out for good.
   *
   * @param node which
   * @param by who threw it out
   * @param at when
   * @param reason for people
   */
  record Revocation(NodeId node, NodeId by, Instant at, String reason) implements SwarmStatement {
    public Revocation {
      if (reason.length() > MAX_REASON_CHARS || reason.chars().anyMatch(Character::isISOControl)) {
        throw new TokenException(
            TokenFailure.MALFORMED,
            "a reason has at most " + MAX_REASON_CHARS + " printable characters");
      }
    }
  }

  /**
   * The swarm moves to a new secret.
   *
   * @param next its authority
   * @param overlapUntil until when certificates of the authority before are still accepted
   * @param members whose certificates those may be: a stranger who holds the old secret gets none
   */
  record Rotation(AuthorityCertificate next, Instant overlapUntil, Set<NodeId> members)
      implements SwarmStatement {
    public Rotation {
      members = Set.copyOf(members);
      if (members.size() > MAX_MEMBERS) {
        throw new TokenException(
            TokenFailure.MALFORMED, "a rotation names at most " + MAX_MEMBERS + " members");
      }
    }
  }

  /**
   * A statement with the signature of the authority of a generation.
   *
   * @param generation of the secret that it is signed with
   * @param statement what it says
   * @param text the encoded form, printable
   */
  record Signed(int generation, SwarmStatement statement, String text) {

    /** Signs a statement in the swarm's name. */
    public static Signed by(SwarmToken token, SwarmStatement statement) {
      byte[] body = body(token.generation(), statement);
      byte[] signature = token.authority().sign(body);
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      all.write(signature.length);
      all.writeBytes(signature);
      all.writeBytes(body);
      return new Signed(
          token.generation(),
          statement,
          Base64.getUrlEncoder().withoutPadding().encodeToString(all.toByteArray()));
    }

    /**
     * Reads a signed statement, if an authority signed it.
     *
     * @throws TokenException if it does not parse or the authority did not sign it
     */
    public static Signed parse(String text, AuthorityCertificate authority) {
      try {
        byte[] all = Base64.getUrlDecoder().decode(text);
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(all));
        byte[] signature = CredentialText.readBytes(in, in.readUnsignedByte());
        byte[] body = in.readAllBytes();
        if (!authority.verifies(body, signature)) {
          throw new TokenException(
              TokenFailure.OTHER_SWARM, "a statement is not signed by the swarm's authority");
        }
        DataInputStream fields = new DataInputStream(new ByteArrayInputStream(body));
        return new Signed(fields.readInt(), read(fields), text);
      } catch (IOException | IllegalArgumentException e) {
        throw new TokenException(TokenFailure.MALFORMED, "a statement does not parse", e);
      }
    }

    private static byte[] body(int generation, SwarmStatement statement) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (DataOutputStream out = new DataOutputStream(bytes)) {
        out.writeInt(generation);
        write(statement, out);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return bytes.toByteArray();
    }

    private static void write(SwarmStatement statement, DataOutputStream out) throws IOException {
      switch (statement) {
        case Revocation(NodeId node, NodeId by, Instant at, String reason) -> {
          out.writeByte(Form.REVOCATION);
          writeNode(out, node);
          writeNode(out, by);
          out.writeLong(at.getEpochSecond());
          out.writeUTF(reason);
        }
        case Rotation(AuthorityCertificate next, Instant overlapUntil, Set<NodeId> members) -> {
          out.writeByte(Form.ROTATION);
          out.writeInt(next.generation());
          byte[] der = next.encode();
          out.writeShort(der.length);
          out.write(der);
          out.writeLong(overlapUntil.getEpochSecond());
          out.writeInt(members.size());
          for (NodeId member : members) {
            writeNode(out, member);
          }
        }
      }
    }

    private static SwarmStatement read(DataInputStream in) throws IOException {
      int kind = in.readUnsignedByte();
      return switch (kind) {
        case Form.REVOCATION ->
            new Revocation(readNode(in), readNode(in), readInstant(in), in.readUTF());
        case Form.ROTATION -> {
          int generation = in.readInt();
          byte[] der = CredentialText.readBytes(in, in.readUnsignedShort());
          Instant until = readInstant(in);
          yield new Rotation(AuthorityCertificate.decode(generation, der), until, readMembers(in));
        }
        default -> throw new IOException("kind " + kind);
      };
    }

    private static Set<NodeId> readMembers(DataInputStream in) throws IOException {
      int count = in.readInt();
      if (count < 0 || count > MAX_MEMBERS) {
        throw new IOException(count + " members");
      }
      Set<NodeId> members = new HashSet<>();
      for (int i = 0; i < count; i++) {
        members.add(readNode(in));
      }
      return members;
    }

    private static Instant readInstant(DataInputStream in) throws IOException {
      return Instant.ofEpochSecond(Math.clamp(in.readLong(), 0, 1L << 40));
    }

    private static void writeNode(DataOutputStream out, NodeId node) throws IOException {
      out.write(HexFormat.of().parseHex(node.hex()));
    }

    private static NodeId readNode(DataInputStream in) throws IOException {
      return new NodeId(Hex.of(CredentialText.readBytes(in, Form.NODE_ID_BYTES)));
    }

    /** Numbers of the encoded form. */
    private static final class Form {
      static final int REVOCATION = 0;
      static final int ROTATION = 1;
      static final int NODE_ID_BYTES = 32;
    }
  }
}
