package dev.flotilla.engine.wire;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Collects frames and writes them in one go. A frame is a 4-byte length, big-endian, and that many
 * bytes. Fields are written in order, without tags: both ends are of one build. Confined to one
 * thread.
 */
public final class FrameWriter {
  /** The longest frame: a prompt as long as the API's body limit, with room to spare. */
  public static final int MAX_FRAME_BYTES = 64 << 20;

  /** A buffer that one long frame made grow is given up beyond this. */
  private static final int KEPT_BYTES = 1 << 20;

  private final int keptBytes;
  private ByteBuffer buffer = ByteBuffer.allocate(8192);
  private int frameStart;

  /** A writer that keeps a buffer of up to a mebibyte. */
  public FrameWriter() {
    this(KEPT_BYTES);
  }

  /** A writer that keeps a buffer of up to {@code keptBytes} between frames. */
  public FrameWriter(int keptBytes) {
    this.keptBytes = keptBytes;
  }

  /** Begins a frame of a type. */
  public void begin(int type) {
    frameStart = buffer.position();
    ensure(5);
    buffer.putInt(0).put((byte) type);
  }

  /** Ends the frame. */
  public void end() {
    int length = buffer.position() - frameStart - 4;
    if (length > MAX_FRAME_BYTES) {
      buffer.position(frameStart);
      throw new IllegalArgumentException("a frame of " + length + " bytes is over the limit");
    }
    buffer.putInt(frameStart, length);
  }

  public void putByte(int value) {
    ensure(1);
    buffer.put((byte) value);
  }

  public void putBoolean(boolean value) {
    putByte(value ? 1 : 0);
  }

  public void putInt(int value) {
    ensure(4);
    buffer.putInt(value);
  }

  public void putLong(long value) {
    ensure(8);
    buffer.putLong(value);
  }

  public void putDouble(double value) {
    putLong(Double.doubleToRawLongBits(value));
  }

  public void putFloat(float value) {
    ensure(4);
    buffer.putFloat(value);
  }

  public void putEnum(Enum<?> value) {
    putString(value.name());
  }

  public void putBytes(byte[] bytes) {
    putInt(bytes.length);
    ensure(bytes.length);
    buffer.put(bytes);
  }

  /** Room for some bytes of the frame, for the caller to fill before the next call. */
  public ByteBuffer putSlice(int bytes) {
    ensure(bytes);
    ByteBuffer slice = buffer.slice(buffer.position(), bytes);
    buffer.position(buffer.position() + bytes);
    return slice;
  }

  public void putString(String text) {
    putBytes(text.getBytes(StandardCharsets.UTF_8));
  }

  public void putInts(int[] values) {
    putInt(values.length);
    ensure(4 * values.length);
    buffer.asIntBuffer().put(values);
    buffer.position(buffer.position() + 4 * values.length);
  }

  public void putFloats(float[] values) {
    putInt(values.length);
    ensure(4 * values.length);
    buffer.asFloatBuffer().put(values);
    buffer.position(buffer.position() + 4 * values.length);
  }

  public <T> void putOptional(Optional<T> value, Consumer<T> write) {
    putBoolean(value.isPresent());
    value.ifPresent(write);
  }

  public <T> void putList(List<T> values, Consumer<T> write) {
    putInt(values.size());
    values.forEach(write);
  }

  public boolean isEmpty() {
    return buffer.position() == 0;
  }

  /** Writes all frames collected, and forgets them. */
  public void writeTo(OutputStream out) throws IOException {
    out.write(buffer.array(), 0, buffer.position());
    out.flush();
    buffer = buffer.capacity() > keptBytes ? ByteBuffer.allocate(8192) : buffer.clear();
  }

  private void ensure(int bytes) {
    if (buffer.remaining() < bytes) {
      int needed = Math.addExact(buffer.position(), bytes);
      int grown = (int) Math.min(Integer.MAX_VALUE - 8, 2L * buffer.capacity());
      int position = buffer.position();
      buffer = ByteBuffer.wrap(Arrays.copyOf(buffer.array(), Math.max(needed, grown)));
      buffer.position(position);
    }
  }
}
