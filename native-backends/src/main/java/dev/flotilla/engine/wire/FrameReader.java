package dev.flotilla.engine.wire;

import dev.flotilla.engine.EngineException;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Reads what {@link FrameWriter} writes. A process that a hostile model has taken over must not
 * take its node along, so every length is checked against what is there. Confined to one thread.
 */
public final class FrameReader {
  private final ByteBuffer frame;

  private FrameReader(ByteBuffer frame) {
    this.frame = frame;
  }

  /**
   * Reads the next frame. Blocks until it is there.
   *
   * @throws EOFException if the other end is gone
   * @throws ProtocolException if its length is absurd
   */
  public static FrameReader next(DataInputStream in) throws IOException {
    return next(in, FrameWriter.MAX_FRAME_BYTES);
  }

  /**
   * Reads the next frame. Blocks until it is there.
   *
   * @param maxBytes the longest that is taken
   * @throws EOFException if the other end is gone
   * @throws ProtocolException if it is longer, or empty
   */
  public static FrameReader next(DataInputStream in, int maxBytes) throws IOException {
    int length = in.readInt();
    if (length < 1 || length > maxBytes) {
      throw new ProtocolException("frame length " + length);
    }
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("stream ended inside a frame");
    }
    return new FrameReader(ByteBuffer.wrap(bytes));
  }

  /** Reads a body that is here already. */
  public static FrameReader of(byte[] body) {
    return new FrameReader(ByteBuffer.wrap(body));
  }

  /**
   * Decodes the whole frame.
   *
   * @throws ProtocolException if it is too short, too long, or holds values that are out of range
   */
  public <T> T decode(Supplier<T> body) throws ProtocolException {
    try {
      T message = body.get();
      if (frame.hasRemaining()) {
        throw new ProtocolException(frame.remaining() + " bytes after the end of a message");
      }
      return message;
    } catch (BufferUnderflowException
        | IllegalArgumentException
        | ArithmeticException
        | EngineException e) {
      throw new ProtocolException("malformed message: " + e);
    }
  }

  public int getByte() {
    return frame.get();
  }

  public boolean getBoolean() {
    return frame.get() != 0;
  }

  public int getInt() {
    return frame.getInt();
  }

  public long getLong() {
    return frame.getLong();
  }

  public float getFloat() {
    return frame.getFloat();
  }

  public double getDouble() {
    return frame.getDouble();
  }

  public <E extends Enum<E>> E getEnum(Class<E> type) {
    return Enum.valueOf(type, getString());
  }

  public byte[] getBytes() {
    byte[] bytes = new byte[count(1)];
    frame.get(bytes);
    return bytes;
  }

  /**
   * The next bytes as they are, without a copy.
   *
   * @throws BufferUnderflowException if there are fewer
   */
  public ByteBuffer getSlice(int bytes) {
    if (bytes < 0 || bytes > frame.remaining()) {
      throw new BufferUnderflowException();
    }
    ByteBuffer slice = frame.slice(frame.position(), bytes);
    frame.position(frame.position() + bytes);
    return slice;
  }

  public String getString() {
    return new String(getBytes(), StandardCharsets.UTF_8);
  }

  public int[] getInts() {
    int[] values = new int[count(4)];
    frame.asIntBuffer().get(values);
    frame.position(frame.position() + 4 * values.length);
    return values;
  }

  public float[] getFloats() {
    float[] values = new float[count(4)];
    frame.asFloatBuffer().get(values);
    frame.position(frame.position() + 4 * values.length);
    return values;
  }

  public <T> Optional<T> getOptional(Supplier<T> read) {
    return getBoolean() ? Optional.of(read.get()) : Optional.empty();
  }

  public <T> List<T> getList(Supplier<T> read) {
    int count = count(1);
    List<T> values = new ArrayList<>(Math.min(count, 1024));
    for (int i = 0; i < count; i++) {
      values.add(read.get());
    }
    return values;
  }

  /** A count of elements, of which each takes at least {@code bytes}. */
  private int count(int bytes) {
    int count = frame.getInt();
    if (count < 0 || (long) count * bytes > frame.remaining()) {
      throw new IllegalArgumentException("count " + count);
    }
    return count;
  }
}
