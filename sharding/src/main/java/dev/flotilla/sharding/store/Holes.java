package dev.flotilla.sharding.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** What lies between the tensors that a slice was filled with: padding, and tensors of zeros. */
final class Holes {
  private static final int BUFFER_BYTES = 1 << 20;

  private Holes() {}

  /**
   * Whether they hold zeros only. Reads all of them, which costs little where nothing is stored.
   *
   * @param from where the data section begins
   * @param filled parts of the file that are not looked at
   */
  static boolean areEmpty(FileChannel file, long from, Collection<FileRange> filled)
      throws IOException {
    List<FileRange> ordered =
        filled.stream().sorted(Comparator.comparingLong(FileRange::position)).toList();
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    long position = from;
    for (FileRange range : ordered) {
      if (!isZero(file, position, range.position(), buffer)) {
        return false;
      }
      position = range.position() + range.bytes();
    }
    return isZero(file, position, file.size(), buffer);
  }

  private static boolean isZero(FileChannel file, long from, long to, ByteBuffer buffer)
      throws IOException {
    for (long position = from; position < to; ) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), to - position));
      int read = file.read(buffer, position);
      if (read < 0) {
        return false;
      }
      position += read;
      for (buffer.flip(); buffer.hasRemaining(); ) {
        if (buffer.get() != 0) {
          return false;
        }
      }
    }
    return true;
  }
}
