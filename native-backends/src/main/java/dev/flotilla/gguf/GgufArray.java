package dev.flotilla.gguf;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * An array of metadata values, kept as the file's own bytes and decoded on demand: a vocabulary of
 * 150,000 tokens costs its two megabytes and no objects. Immutable; equal to an array of the same
 * type and bytes.
 */
public final class GgufArray {
  private final ValueType elementType;
  private final int count;
  private final byte[] bytes;
  private final int start;
  private final int end;

  /**
   * A view of elements that the reader has found to be complete.
   *
   * @param bytes not copied, and never written to afterwards
   */
  GgufArray(ValueType elementType, int count, byte[] bytes, int start, int end) {
    this.elementType = elementType;
    this.count = count;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  /** An array of texts. */
  public static GgufArray ofTexts(List<String> texts) {
    List<byte[]> encoded = texts.stream().map(text -> text.getBytes(UTF_8)).toList();
    ByteBuffer out = allocate(encoded.stream().mapToInt(text -> Long.BYTES + text.length).sum());
    encoded.forEach(text -> out.putLong(text.length).put(text));
    return of(ValueType.TEXT, texts.size(), out);
  }

  /** An array of {@code f32}. */
  public static GgufArray ofFloats(float... values) {
    ByteBuffer out = allocate(values.length * Float.BYTES);
    out.asFloatBuffer().put(values);
    return of(ValueType.F32, values.length, out);
  }

  /** An array of {@code i32}. */
  public static GgufArray ofInts(int... values) {
    ByteBuffer out = allocate(values.length * Integer.BYTES);
    out.asIntBuffer().put(values);
    return of(ValueType.I32, values.length, out);
  }

  /** An array of truth values. */
  public static GgufArray ofBools(List<Boolean> values) {
    ByteBuffer out = allocate(values.size());
    values.forEach(value -> out.put((byte) (value ? 1 : 0)));
    return of(ValueType.BOOL, values.size(), out);
  }

  public ValueType elementType() {
    return elementType;
  }

  public int count() {
    return count;
  }

  /** Bytes of all elements, as in the file. */
  int byteLength() {
    return end - start;
  }

  /** The elements as in the file; a read-only view. */
  ByteBuffer bytes() {
    return ByteBuffer.wrap(bytes, start, end - start)
        .slice()
        .asReadOnlyBuffer()
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * All texts in order.
   *
   * @throws IllegalStateException if this is not an array of texts
   */
  public List<String> texts() {
    return texts(UTF_8);
  }

  /** All texts in order, decoded with a charset; ISO 8859-1 keeps every byte apart. */
  List<String> texts(Charset charset) {
    require(elementType == ValueType.TEXT);
    ByteBuffer in = bytes();
    List<String> texts = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int length = (int) in.getLong();
      texts.add(new String(bytes, start + in.position(), length, charset));
      in.position(in.position() + length);
    }
    return texts;
  }

  /**
   * The text at an index; walks there from the first.
   *
   * @throws IllegalStateException if this is not an array of texts
   * @throws IndexOutOfBoundsException if there is no such element
   */
  public String text(int index) {
    require(elementType == ValueType.TEXT && index >= 0 && index < count);
    ByteBuffer in = bytes();
    skipTexts(in, index);
    int length = (int) in.getLong();
    return new String(bytes, start + in.position(), length, UTF_8);
  }

  /**
   * The whole number (or truth value as 0 or 1) at an index.
   *
   * @throws IllegalStateException if the elements are texts or floating-point numbers
   * @throws IndexOutOfBoundsException if there is no such element
   */
  public long whole(int index) {
    ByteBuffer in = bytes();
    int at = index * elementType.bytes();
    return switch (elementType) {
      case U8 -> Byte.toUnsignedLong(in.get(at));
      case I8 -> in.get(at);
      case U16 -> Short.toUnsignedLong(in.getShort(at));
      case I16 -> in.getShort(at);
      case U32 -> Integer.toUnsignedLong(in.getInt(at));
      case I32 -> in.getInt(at);
      case U64, I64 -> in.getLong(at);
      case BOOL -> in.get(at) == 0 ? 0 : 1;
      case F32, F64, TEXT, ARRAY ->
          throw new IllegalStateException("elements are " + elementType.label());
    };
  }

  /**
   * The elements {@code [from, to)}; shares the bytes.
   *
   * @throws IndexOutOfBoundsException if the array has no such range
   */
  public GgufArray slice(int from, int to) {
    if (from < 0 || to < from || to > count) {
      throw new IndexOutOfBoundsException("[%d, %d) of %d".formatted(from, to, count));
    }
    ByteBuffer in = bytes();
    int first = elementType == ValueType.TEXT ? skipTexts(in, from) : from * elementType.bytes();
    int last = elementType == ValueType.TEXT ? skipTexts(in, to - from) : to * elementType.bytes();
    return new GgufArray(elementType, to - from, bytes, start + first, start + last);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof GgufArray that
        && elementType == that.elementType
        && count == that.count
        && Arrays.equals(bytes, start, end, that.bytes, that.start, that.end);
  }

  @Override
  public int hashCode() {
    return 31 * elementType.hashCode() + bytes().hashCode();
  }

  @Override
  public String toString() {
    return "%s[%d]".formatted(elementType.label(), count);
  }

  private static int skipTexts(ByteBuffer in, int texts) {
    for (int i = 0; i < texts; i++) {
      int length = (int) in.getLong();
      in.position(in.position() + length);
    }
    return in.position();
  }

  private void require(boolean possible) {
    if (!possible) {
      throw new IllegalStateException("not an element of " + this);
    }
  }

  private static ByteBuffer allocate(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static GgufArray of(ValueType type, int count, ByteBuffer filled) {
    byte[] bytes = new byte[filled.capacity()];
    filled.get(0, bytes);
    return new GgufArray(type, count, bytes, 0, bytes.length);
  }
}
