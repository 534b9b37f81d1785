package dev.flotilla.node.federation;

import dev.flotilla.gguf.GgufFile;
import dev.flotilla.gguf.GgufModel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Tells models apart without reading all of them: the SHA-256 of a model's headers, sizes, and
 * samples of its weights from end to end. Copies of a file have the same wherever they lie; another
 * model, quantization or fine-tune has another.
 */
public final class ModelFingerprint {
  private static final int SAMPLES = 256;
  private static final int SAMPLE_BYTES = 4_096;
  private static final int BLOCK_BYTES = 1 << 20;

  private ModelFingerprint() {}

  /**
   * The fingerprint in 64 hexadecimal digits. Blocks on the disk: reads the headers and a mebibyte
   * of each file.
   */
  public static String of(GgufModel model) throws IOException {
    MessageDigest digest = sha256();
    for (GgufFile file : model.files()) {
      try (FileChannel channel = FileChannel.open(file.path(), StandardOpenOption.READ)) {
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(file.fileBytes()).flip());
        add(channel, 0, file.dataOffset(), digest);
        long data = file.fileBytes() - file.dataOffset();
        long step = Math.max(SAMPLE_BYTES, data / SAMPLES);
        for (long at = 0; at < data; at += step) {
          add(channel, file.dataOffset() + at, Math.min(SAMPLE_BYTES, data - at), digest);
        }
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void add(FileChannel channel, long from, long bytes, MessageDigest digest)
      throws IOException {
    ByteBuffer block = ByteBuffer.allocate((int) Math.min(BLOCK_BYTES, bytes));
    long at = from;
    while (at < from + bytes) {
      block.clear().limit((int) Math.min(block.capacity(), from + bytes - at));
      int read = channel.read(block, at);
      if (read < 0) {
        throw new IOException("the file became shorter while it was read");
      }
      digest.update(block.flip());
      at += read;
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
