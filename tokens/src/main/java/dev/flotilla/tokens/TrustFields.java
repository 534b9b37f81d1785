package dev.flotilla.tokens;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A {@link SwarmTrust} as fields. */
final class TrustFields {
  private static final int MAX_ENTRIES = 100_000;

  private TrustFields() {}

  static void write(SwarmTrust trust, DataOutputStream out) throws IOException {
    out.writeUTF(trust.swarm().hex());
    write(trust.authority(), out);
    out.writeBoolean(trust.former().isPresent());
    if (trust.former().isPresent()) {
      SwarmTrust.FormerAuthority former = trust.former().get();
      write(former.authority(), out);
      out.writeLong(former.until().getEpochSecond());
      out.writeInt(former.members().size());
      for (NodeId member : former.members()) {
        out.writeUTF(member.hex());
      }
    }
    out.writeInt(trust.revocations().size());
    for (String text : trust.revocationTexts()) {
      out.writeUTF(text);
    }
  }

  static SwarmTrust read(DataInputStream in) throws IOException {
    SwarmId swarm = new SwarmId(in.readUTF());
    AuthorityCertificate authority = readAuthority(in);
    Optional<SwarmTrust.FormerAuthority> former = Optional.empty();
    if (in.readBoolean()) {
      AuthorityCertificate before = readAuthority(in);
      Instant until = Instant.ofEpochSecond(in.readLong());
      Set<NodeId> members = new HashSet<>();
      for (int i = count(in); i > 0; i--) {
        members.add(new NodeId(in.readUTF()));
      }
      former = Optional.of(new SwarmTrust.FormerAuthority(before, until, members));
    }
    SwarmTrust trust = new SwarmTrust(swarm, authority, former, Map.of());
    for (int i = count(in); i > 0; i--) {
      trust = trust.after(in.readUTF());
    }
    return trust;
  }

  static int count(DataInputStream in) throws IOException {
    int count = in.readInt();
    if (count < 0 || count > MAX_ENTRIES) {
      throw new IOException(count + " entries");
    }
    return count;
  }

  private static void write(AuthorityCertificate authority, DataOutputStream out)
      throws IOException {
    byte[] der = authority.encode();
    out.writeInt(authority.generation());
    out.writeShort(der.length);
    out.write(der);
  }

  private static AuthorityCertificate readAuthority(DataInputStream in) throws IOException {
    int generation = in.readInt();
    return AuthorityCertificate.decode(
        generation, CredentialText.readBytes(in, in.readUnsignedShort()));
  }
}
