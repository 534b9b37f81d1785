package dev.flotilla.federation.state;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.function.Consumer;

/** Writes numbers big-endian, texts as UTF-8 after their length. */
final class ByteSink {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  ByteSink u8(int value) {
    bytes.write(value);
    return this;
  }

  ByteSink i32(int value) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      bytes.write(value >> shift);
    }
    return this;
  }

  ByteSink i64(long value) {
    return i32((int) (value >> 32)).i32((int) value);
  }

  ByteSink text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    i32(utf8.length);
    bytes.writeBytes(utf8);
    return this;
  }

  <T> ByteSink list(Collection<T> items, Consumer<T> writer) {
    i32(items.size());
    items.forEach(writer);
    return this;
  }

  byte[] toBytes() {
    return bytes.toByteArray();
  }
}
