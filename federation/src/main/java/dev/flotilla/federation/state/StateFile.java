package dev.flotilla.federation.state;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * Keeps a {@link Durable} on disk: 8 bytes {@code FLOTSTAT}, the SHA-256 of the rest, and the rest.
 * A write replaces the file as a whole, so that a crash leaves the old one or the new one. Blocks;
 * one thread at a time.
 */
public final class StateFile {
  private static final byte[] MAGIC = {'F', 'L', 'O', 'T', 'S', 'T', 'A', 'T'};
  private static final int DIGEST_BYTES = 32;
  private static final long MAX_BYTES = 64 << 20;

  private final Path path;

  public StateFile(Path path) {
    this.path = path;
  }

  /** Returns once it is on disk. */
  public void write(Durable durable) throws IOException {
    byte[] content = StateCodec.encode(durable);
    Path fresh = path.resolveSibling(path.getFileName() + ".new");
    try (FileChannel file =
        FileChannel.open(
            fresh,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer bytes = ByteBuffer.allocate(MAGIC.length + DIGEST_BYTES + content.length);
      bytes.put(MAGIC).put(digest(content)).put(content).flip();
      while (bytes.hasRemaining()) {
        file.write(bytes);
      }
      file.force(true);
    }
    Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /**
   * What was written last; {@link Durable#EMPTY} if nothing was.
   *
   * @throws StateFormatException if the file is damaged. A node that lost what it promised must not
   *     vote as if it had promised nothing: it has to join anew, under another identity
   */
  public Durable read() throws IOException {
    byte[] bytes;
    try {
      if (Files.size(path) > MAX_BYTES) {
        throw new StateFormatException("%s has more than %d bytes".formatted(path, MAX_BYTES));
      }
      bytes = Files.readAllBytes(path);
    } catch (NoSuchFileException e) {
      return Durable.EMPTY;
    }
    int header = MAGIC.length + DIGEST_BYTES;
    if (bytes.length < header || !Arrays.equals(MAGIC, Arrays.copyOf(bytes, MAGIC.length))) {
      throw new StateFormatException("%s is no state of a node".formatted(path));
    }
    byte[] content = Arrays.copyOfRange(bytes, header, bytes.length);
    if (!Arrays.equals(digest(content), Arrays.copyOfRange(bytes, MAGIC.length, header))) {
      throw new StateFormatException("%s is damaged".formatted(path));
    }
    return StateCodec.decodeDurable(content);
  }

  private static byte[] digest(byte[] content) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(content);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
