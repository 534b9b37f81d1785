package dev.flotilla.sharding.link;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** How hidden states travel. */
public enum ActivationType {
  /** As they are. */
  F32 {
    @Override
    public int bytes(int values) {
      return Math.multiplyExact(values, Float.BYTES);
    }

    @Override
    public void encode(float[] values, int count, ByteBuffer out) {
      out.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values, 0, count);
    }

    @Override
    public void decode(ByteBuffer in, float[] values, int count) {
      in.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values, 0, count);
    }
  },

  /** IEEE 754 half precision. */
  F16 {
    @Override
    public int bytes(int values) {
      return Math.multiplyExact(values, Short.BYTES);
    }

    @Override
    public void encode(float[] values, int count, ByteBuffer out) {
      out.order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < count; i++) {
        out.putShort(i * Short.BYTES, Float.floatToFloat16(values[i]));
      }
    }

    @Override
    public void decode(ByteBuffer in, float[] values, int count) {
      in.order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < count; i++) {
        values[i] = Float.float16ToFloat(in.getShort(i * Short.BYTES));
      }
    }
  },

  /** Blocks of 32 signed bytes, each with a scale in single precision. */
  Q8 {
    @Override
    public int bytes(int values) {
      return Math.addExact(values, Math.multiplyExact(Math.ceilDiv(values, BLOCK), Float.BYTES));
    }

    @Override
    public void encode(float[] values, int count, ByteBuffer out) {
      out.order(ByteOrder.LITTLE_ENDIAN);
      for (int block = 0; block < count; block += BLOCK) {
        int end = Math.min(count, block + BLOCK);
        float most = 0;
        for (int i = block; i < end; i++) {
          most = Math.max(most, Math.abs(values[i]));
        }
        float scale = most / Byte.MAX_VALUE;
        out.putFloat(scale);
        for (int i = block; i < end; i++) {
          out.put((byte) (scale == 0 ? 0 : Math.round(values[i] / scale)));
        }
      }
    }

    @Override
    public void decode(ByteBuffer in, float[] values, int count) {
      in.order(ByteOrder.LITTLE_ENDIAN);
      for (int block = 0; block < count; block += BLOCK) {
        float scale = in.getFloat();
        int end = Math.min(count, block + BLOCK);
        for (int i = block; i < end; i++) {
          values[i] = scale * in.get();
        }
      }
    }
  };

  private static final int BLOCK = 32;

  /** Bytes that so many values take. */
  public abstract int bytes(int values);

  /** Writes the first {@code count} values into a buffer of {@link #bytes} bytes. */
  public abstract void encode(float[] values, int count, ByteBuffer out);

  /** Reads the first {@code count} values from a buffer of {@link #bytes} bytes. */
  public abstract void decode(ByteBuffer in, float[] values, int count);
}
