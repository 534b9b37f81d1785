package dev.flotilla.gguf;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Writes GGUF files, version 3, little-endian. Tensor data is streamed; only the header is held in
 * memory.
 */
public final class GgufWriter {
  private static final int VERSION = 3;

  private final ByteArrayOutputStream header = new ByteArrayOutputStream();
  private final ByteBuffer number = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);

  private GgufWriter() {}

  /**
   * A tensor to be written.
   *
   * @param shape elements per dimension, fastest-running first
   * @param source of exactly as many bytes as shape and type ask for
   */
  public record Tensor(String name, List<Long> shape, GgmlType type, TensorSource source) {
    public Tensor {
      shape = List.copyOf(shape);
    }

    /** Bytes of the data, without padding. */
    public long bytes() {
      return at(0).bytes();
    }

    private TensorInfo at(long offset) {
      return new TensorInfo(name, shape, type, offset);
    }
  }

  /**
   * Writes a file, replacing one that is there. Data is aligned as {@code general.alignment} says.
   * The header is written last, so that an interrupted file is no GGUF file.
   *
   * @throws GgufException if the alignment is invalid
   * @throws IOException if writing or a source fails
   */
  public static void write(Path path, Metadata metadata, List<Tensor> tensors) throws IOException {
    int alignment = GgufReader.alignment(metadata);
    byte[] header = header(metadata, tensors);
    try (FileChannel out =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      long position = GgufReader.align(header.length, alignment);
      for (Tensor tensor : tensors) {
        tensor.source().write(out, position, tensor.bytes());
        position = GgufReader.align(position + tensor.bytes(), alignment);
      }
      if (out.size() < position) {
        writeFully(out, ByteBuffer.allocate(1), position - 1);
      }
      writeFully(out, ByteBuffer.wrap(header), 0);
    }
  }

  static void writeFully(FileChannel out, ByteBuffer data, long position) throws IOException {
    int start = data.position();
    while (data.hasRemaining()) {
      out.write(data, position + data.position() - start);
    }
  }

  /** What a file of these begins with, up to the first tensor's data and its padding. */
  static byte[] header(Metadata metadata, List<Tensor> tensors) throws GgufException {
    return new GgufWriter().header(metadata, tensors, GgufReader.alignment(metadata));
  }

  private byte[] header(Metadata metadata, List<Tensor> tensors, int alignment) {
    i32(GgufReader.MAGIC);
    i32(VERSION);
    i64(tensors.size());
    i64(metadata.values().size());
    metadata
        .values()
        .forEach((key, value) -> {
          text(key);
          i32(value.type().id());
          value(value);
        });
    long offset = 0;
    for (Tensor tensor : tensors) {
      tensor(tensor.at(offset));
      offset = GgufReader.align(offset + tensor.bytes(), alignment);
    }
    return header.toByteArray();
  }

  private void value(GgufValue value) {
    switch (value) {
      case GgufValue.Whole(ValueType type, long number) -> whole(type.bytes(), number);
      case GgufValue.Real(ValueType type, double number) ->
          whole(
              type.bytes(),
              type == ValueType.F32
                  ? Float.floatToRawIntBits((float) number)
                  : Double.doubleToRawLongBits(number));
      case GgufValue.Bool(boolean truth) -> whole(1, truth ? 1 : 0);
      case GgufValue.Text(String text) -> text(text);
      case GgufValue.Many(GgufArray array) -> array(array);
    }
  }

  private void array(GgufArray array) {
    i32(array.elementType().id());
    i64(array.count());
    byte[] elements = new byte[array.byteLength()];
    array.bytes().get(elements);
    header.writeBytes(elements);
  }

  private void tensor(TensorInfo tensor) {
    text(tensor.name());
    i32(tensor.shape().size());
    tensor.shape().forEach(this::i64);
    i32(tensor.type().id());
    i64(tensor.offset());
  }

  private void text(String text) {
    byte[] utf8 = text.getBytes(UTF_8);
    i64(utf8.length);
    header.writeBytes(utf8);
  }

  private void i32(int value) {
    whole(Integer.BYTES, value);
  }

  private void i64(long value) {
    whole(Long.BYTES, value);
  }

  private void whole(int bytes, long value) {
    number.putLong(0, value);
    header.write(number.array(), 0, bytes);
  }
}
