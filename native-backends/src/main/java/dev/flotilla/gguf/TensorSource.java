package dev.flotilla.gguf;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Where the data of a tensor that is being written comes from. */
@FunctionalInterface
public interface TensorSource {

  /**
   * Writes a tensor's data.
   *
   * @param out the file being written; stays open
   * @param position where the data begins in it
   * @param bytes how many to write, exactly
   */
  void write(FileChannel out, long position, long bytes) throws IOException;

  /** Zeros that take no space in a sparse file: for tensors that are declared but never read. */
  static TensorSource hole() {
    return (out, position, bytes) -> {};
  }

  /** Bytes of memory, from the buffer's position on; the buffer is not moved. */
  static TensorSource of(ByteBuffer data) {
    return (out, position, bytes) ->
        GgufWriter.writeFully(out, data.duplicate().limit(data.position() + (int) bytes), position);
  }

  /** Bytes of a file, from an offset on. */
  static TensorSource of(Path file, long offset) {
    return (out, position, bytes) -> {
      try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
        out.position(position);
        for (long copied = 0; copied < bytes; ) {
          long moved = in.transferTo(offset + copied, bytes - copied, out);
          if (moved <= 0) {
            throw new EOFException(
                "%s ends at byte %d, expected %d".formatted(file, in.size(), offset + bytes));
          }
          copied += moved;
        }
      }
    };
  }
}
