package dev.flotilla.gguf;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/** SHA-256 of tensors' data, by which a slice that came over a network is verified. */
public final class TensorDigests {
  private static final int BUFFER_BYTES = 1 << 20;

  private TensorDigests() {}

  /**
   * The digests of all tensors, in hexadecimal, by name. Reads the whole model.
   *
   * @throws IOException if a file cannot be read or has become shorter
   */
  public static SequencedMap<String, String> of(GgufModel model) throws IOException {
    SequencedMap<String, String> digests = new LinkedHashMap<>();
    for (GgufFile file : model.files()) {
      try (FileChannel channel = FileChannel.open(file.path(), StandardOpenOption.READ)) {
        for (TensorInfo tensor : file.tensors().values()) {
          digests.put(tensor.name(), of(channel, file.position(tensor), tensor.bytes()));
        }
      }
    }
    return digests;
  }

  /**
   * The digest of a part of a file, in hexadecimal.
   *
   * @throws EOFException if the file ends before
   */
  public static String of(FileChannel channel, long position, long bytes) throws IOException {
    MessageDigest sha256 = sha256();
    ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(BUFFER_BYTES, bytes));
    for (long done = 0; done < bytes; ) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), bytes - done));
      int read = channel.read(buffer, position + done);
      if (read < 0) {
        throw new EOFException("the file ends at byte %d".formatted(position + done));
      }
      sha256.update(buffer.flip());
      done += read;
    }
    return HexFormat.of().formatHex(sha256.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every JDK has SHA-256", impossible);
    }
  }
}
