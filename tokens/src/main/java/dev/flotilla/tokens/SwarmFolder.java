package dev.flotilla.tokens;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a node keeps of its swarm between runs: identity, token, certificate, trust, how often
 * invites were used. Files and folder belong to their owner alone; each is replaced as a whole, so
 * that a crash leaves the one before. Calls block; one thread at a time.
 */
public final class SwarmFolder {
  private static final int MAX_FILE_BYTES = 16 << 20;

  private final Path folder;

  /** The folder, made when something is first written. */
  public SwarmFolder(Path folder) {
    this.folder = folder;
  }

  /** The node's identity, made now if there is none. */
  public NodeIdentity identity(SecureRandom random) {
    Optional<NodeIdentity> kept =
        read(
            "identity",
            in -> {
              byte[] publicKey = CredentialText.readBytes(in, in.readUnsignedShort());
              byte[] privateKey = CredentialText.readBytes(in, in.readUnsignedShort());
              return NodeIdentity.decode(publicKey, privateKey);
            });
    return kept.orElseGet(() -> {
      NodeIdentity identity = NodeIdentity.create(random);
      write(
          "identity",
          out -> {
            for (byte[] key : identity.encode()) {
              out.writeShort(key.length);
              out.write(key);
            }
          });
      return identity;
    });
  }

  /** The swarm's token, if this node holds it. */
  public Optional<SwarmToken> token() {
    return read(
        "token", in -> SwarmToken.parse(new String(in.readAllBytes(), StandardCharsets.US_ASCII)));
  }

  /** Keeps the swarm's token. */
  public void keep(SwarmToken token) {
    write("token", out -> out.writeBytes(token.encode() + "\n"));
  }

  /** The node's certificate, if it has one. */
  public Optional<NodeCertificate> certificate() {
    return read("certificate", in -> NodeCertificate.decode(in.readAllBytes()));
  }

  /** Keeps the node's certificate. */
  public void keep(NodeCertificate certificate) {
    write("certificate", out -> out.write(certificate.encode()));
  }

  /** The node's certificate of the authority before the newest, if it had one. */
  public Optional<NodeCertificate> formerCertificate() {
    return read("certificate-before", in -> NodeCertificate.decode(in.readAllBytes()));
  }

  /** Keeps the node's certificate of the authority before the newest. */
  public void keepFormer(NodeCertificate certificate) {
    write("certificate-before", out -> out.write(certificate.encode()));
  }

  /** Whom this node believes, if it belongs to a swarm. */
  public Optional<SwarmTrust> trust() {
    return read("trust", TrustFields::read);
  }

  /** Keeps whom this node believes. */
  public void keep(SwarmTrust trust) {
    write("trust", out -> TrustFields.write(trust, out));
  }

  /** How often each invite was used, by its id. */
  public Map<String, Integer> inviteUses() {
    return read(
            "invites",
            in -> {
              Map<String, Integer> uses = new HashMap<>();
              for (int i = TrustFields.count(in); i > 0; i--) {
                uses.put(in.readUTF(), in.readInt());
              }
              return Map.copyOf(uses);
            })
        .orElse(Map.of());
  }

  /** Keeps how often each invite was used. */
  public void keepInviteUses(Map<String, Integer> uses) {
    write(
        "invites",
        out -> {
          out.writeInt(uses.size());
          for (Map.Entry<String, Integer> each : uses.entrySet()) {
            out.writeUTF(each.getKey());
            out.writeInt(each.getValue());
          }
        });
  }

  private <T> Optional<T> read(String name, CredentialText.Reader<T> reader) {
    Path file = folder.resolve(name);
    try {
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw new IOException("it is larger than " + MAX_FILE_BYTES + " bytes");
      }
      byte[] bytes = Files.readAllBytes(file);
      return Optional.of(reader.read(new DataInputStream(new ByteArrayInputStream(bytes))));
    } catch (NoSuchFileException _) {
      return Optional.empty();
    } catch (IOException e) {
      throw new TokenException(TokenFailure.STORAGE, "can't read " + file + ": " + e, e);
    } catch (TokenException e) {
      throw new TokenException(TokenFailure.STORAGE, file + " is damaged: " + e.getMessage(), e);
    }
  }

  private void write(String name, CredentialText.Writer writer) {
    Path file = folder.resolve(name);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      writer.write(out);
      Files.createDirectories(folder, ownerOnly("rwx------"));
      Path draft = Files.createTempFile(folder, name, ".new", ownerOnly("rw-------"));
      try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
        ByteBuffer content = ByteBuffer.wrap(bytes.toByteArray());
        while (content.hasRemaining()) {
          channel.write(content);
        }
        channel.force(true);
      }
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new TokenException(TokenFailure.STORAGE, "can't write " + file + ": " + e, e);
    }
  }

  private static FileAttribute<?>[] ownerOnly(String permissions) {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }
}
