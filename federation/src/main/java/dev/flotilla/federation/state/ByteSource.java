package dev.flotilla.federation.state;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads what {@link ByteSink} wrote, believing nothing. */
final class ByteSource {
  private static final int MAX_UTF8_PER_CHAR = 3;

  private final ByteBuffer bytes;

  ByteSource(byte[] bytes) {
    this.bytes = ByteBuffer.wrap(bytes);
  }

  /** Reads a part. */
  interface Part<T> {
    T read() throws StateFormatException;
  }

  /**
   * Reads everything there is as one thing, whose parts check themselves.
   *
   * @throws StateFormatException if it ends early, goes on after its end, or a part is refused
   */
  <T> T whole(Part<T> part) throws StateFormatException {
    try {
      T whole = part.read();
      if (bytes.hasRemaining()) {
        throw wrong("%d bytes are left over".formatted(bytes.remaining()));
      }
      return whole;
    } catch (BufferUnderflowException e) {
      throw wrong("it ends early");
    } catch (IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
  }

  int u8() {
    return bytes.get() & 0xff;
  }

  boolean flag() throws StateFormatException {
    int flag = u8();
    if (flag > 1) {
      throw wrong("flag %d".formatted(flag));
    }
    return flag == 1;
  }

  int i32() {
    return bytes.getInt();
  }

  long i64() {
    return bytes.getLong();
  }

  String text() throws StateFormatException {
    int length = count("a text", Limits.TEXT * MAX_UTF8_PER_CHAR);
    if (length > bytes.remaining()) {
      throw new BufferUnderflowException();
    }
    ByteBuffer utf8 = bytes.slice(bytes.position(), length);
    bytes.position(bytes.position() + length);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(utf8).toString();
    } catch (CharacterCodingException e) {
      throw wrong("a text is no UTF-8");
    }
  }

  <T> List<T> list(String name, int max, Part<T> part) throws StateFormatException {
    int count = count(name, max);
    List<T> list = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      list.add(part.read());
    }
    return list;
  }

  private int count(String name, int max) throws StateFormatException {
    int count = bytes.getInt();
    if (count < 0 || count > max) {
      throw wrong("%s of %d; there may be %d".formatted(name, count, max));
    }
    return count;
  }

  StateFormatException wrong(String problem) {
    return new StateFormatException(
        "%s, at byte %d of %d".formatted(problem, bytes.position(), bytes.limit()));
  }
}
