package dev.flotilla.gguf;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes a GGUF file field by field, and so also one that lies. */
final class RawGguf {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  static RawGguf header(long tensors, long keys) {
    return new RawGguf().bytes("GGUF").i32(3).i64(tensors).i64(keys);
  }

  RawGguf bytes(String ascii) {
    out.writeBytes(ascii.getBytes(UTF_8));
    return this;
  }

  RawGguf i32(int value) {
    out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
    return this;
  }

  RawGguf i64(long value) {
    out.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
    return this;
  }

  RawGguf text(String text) {
    return i64(text.getBytes(UTF_8).length).bytes(text);
  }

  RawGguf key(String name, ValueType type) {
    return text(name).i32(type.id());
  }

  RawGguf tensor(String name, GgmlType type, long offset, long... shape) {
    text(name).i32(shape.length);
    for (long dimension : shape) {
      i64(dimension);
    }
    return i32(type.id()).i64(offset);
  }

  /** Zeros up to a multiple of the alignment, and as many more as the data takes. */
  RawGguf data(int alignment, int bytes) {
    int padding = (alignment - out.size() % alignment) % alignment;
    out.writeBytes(new byte[padding + bytes]);
    return this;
  }

  Path write(Path file) throws IOException {
    return Files.write(file, out.toByteArray());
  }
}
