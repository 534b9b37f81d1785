package dev.flotilla.gguf;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.flotilla.gguf.GgufException.Cause;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;

/**
 * Reads a header front to back. Loads as it goes, so that what a file claims about itself never
 * decides how much memory is taken: every length is held against the bytes that are left first.
 */
final class HeaderCursor {
  private static final int FIRST_LOAD_BYTES = 64 << 10;

  /** Read at once: the JDK keeps a native buffer of that size for each thread that reads. */
  private static final int CHUNK_BYTES = 64 << 10;

  private final ReadableByteChannel channel;
  private final long fileBytes;
  private ByteBuffer loaded = ByteBuffer.allocate(0);
  private int position;
  private String subject = "the header";

  HeaderCursor(ReadableByteChannel channel, long fileBytes) {
    this.channel = channel;
    this.fileBytes = fileBytes;
  }

  long fileBytes() {
    return fileBytes;
  }

  int position() {
    return position;
  }

  /** Names what is being read, for messages. */
  void reading(String subject) {
    this.subject = subject;
  }

  int u8() throws IOException {
    int at = advance(Byte.BYTES);
    return Byte.toUnsignedInt(loaded.get(at));
  }

  int u16() throws IOException {
    int at = advance(Short.BYTES);
    return Short.toUnsignedInt(loaded.getShort(at));
  }

  int i32() throws IOException {
    int at = advance(Integer.BYTES);
    return loaded.getInt(at);
  }

  long i64() throws IOException {
    int at = advance(Long.BYTES);
    return loaded.getLong(at);
  }

  /** A number of things that take at least {@code minimumBytes} each. */
  int count(String things, int minimumBytes, int limit) throws IOException {
    int at = position;
    long count = i64();
    if (count < 0 || count > (fileBytes - position) / minimumBytes) {
      throw new GgufException(
          Cause.TRUNCATED,
          "%s announces %s %s at byte %d, more than the remaining %d bytes can hold"
              .formatted(subject, Long.toUnsignedString(count), things, at, fileBytes - position));
    }
    if (count > limit) {
      throw new GgufException(
          Cause.TOO_LARGE,
          "%s announces %d %s at byte %d; the limit is %d"
              .formatted(subject, count, things, at, limit));
    }
    return (int) count;
  }

  String text() throws IOException {
    int length = count("bytes of text", 1, GgufReader.MAX_HEADER_BYTES);
    int start = advance(length);
    return new String(loaded.array(), start, length, UTF_8);
  }

  /** An array's elements, each checked to be complete. */
  GgufArray array(ValueType elementType) throws IOException {
    boolean texts = elementType == ValueType.TEXT;
    int elementBytes = texts ? Long.BYTES : elementType.bytes();
    int count = count("elements", elementBytes, GgufReader.MAX_HEADER_BYTES / elementBytes);
    int start = position;
    if (texts) {
      skipTexts(count);
    } else {
      advance((long) count * elementBytes);
    }
    byte[] elements = Arrays.copyOfRange(loaded.array(), start, position);
    return new GgufArray(elementType, count, elements, 0, elements.length);
  }

  /** The one hot loop: a vocabulary and its merges are hundreds of thousands of texts. */
  private void skipTexts(int count) throws IOException {
    int at = position;
    for (int i = 0; i < count; i++) {
      ensure(at, Long.BYTES);
      long length = loaded.getLong(at);
      ensure(at + Long.BYTES, length);
      at += Long.BYTES + (int) length;
    }
    position = at;
  }

  /** Makes the next bytes available and moves past them. Returns where they begin. */
  private int advance(long bytes) throws IOException {
    int start = position;
    ensure(start, bytes);
    position = start + (int) bytes;
    return start;
  }

  private void ensure(int start, long bytes) throws IOException {
    if (bytes < 0 || bytes > loaded.limit() - start) {
      load(start, bytes);
    }
  }

  private void load(int start, long bytes) throws IOException {
    if (bytes < 0 || bytes > fileBytes - start) {
      throw truncated(start, bytes);
    }
    if (bytes > GgufReader.MAX_HEADER_BYTES - start) {
      throw new GgufException(
          Cause.TOO_LARGE,
          "%s at byte %d exceeds the limit of %d bytes for a header"
              .formatted(subject, start, GgufReader.MAX_HEADER_BYTES));
    }
    long wanted = Math.max(start + bytes, Math.max(FIRST_LOAD_BYTES, 2L * loaded.limit()));
    int size = (int) Math.min(wanted, Math.min(fileBytes, GgufReader.MAX_HEADER_BYTES));
    ByteBuffer grown = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    grown.put(loaded.rewind());
    while (grown.hasRemaining()) {
      int read =
          channel.read(grown.slice(grown.position(), Math.min(grown.remaining(), CHUNK_BYTES)));
      if (read < 0) {
        throw truncated(grown.position(), grown.remaining());
      }
      grown.position(grown.position() + read);
    }
    loaded = grown.flip();
  }

  private GgufException truncated(int at, long bytes) {
    return new GgufException(
        Cause.TRUNCATED,
        "the file ends at byte %d, but %s needs %s bytes from byte %d"
            .formatted(fileBytes, subject, Long.toUnsignedString(bytes), at));
  }
}
