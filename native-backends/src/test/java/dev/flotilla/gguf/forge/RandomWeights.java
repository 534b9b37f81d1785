package dev.flotilla.gguf.forge;

import dev.flotilla.gguf.GgmlType;
import dev.flotilla.gguf.TensorSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.SplittableRandom;

/**
 * Normally distributed weights, drawn fast: each is one of 65,536 numbers drawn beforehand, so that
 * sixteen random bits make a weight.
 */
final class RandomWeights {
  private static final int NUMBERS = 1 << Short.SIZE;
  private static final int BUFFER_BYTES = 1 << 20;
  private static final int WEIGHTS_PER_DRAW = Long.SIZE / Short.SIZE;

  /** Q8_0 stores -127 to 127 times a scale; that is four deviations either way here. */
  private static final float Q8_RANGE = 4;

  private static final int Q8_MAX = 127;

  private final long seed;
  private final float[] numbers = new float[NUMBERS];

  RandomWeights(long seed) {
    this.seed = seed;
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < NUMBERS; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
  }

  TensorSource of(Blueprint tensor) {
    return (out, position, bytes) -> write(tensor, out, position, bytes);
  }

  private void write(Blueprint tensor, FileChannel out, long position, long bytes)
      throws IOException {
    SplittableRandom random = new SplittableRandom(seed ^ ((long) tensor.name().hashCode() << 20));
    Encoder encoder = encoder(tensor);
    int group = Math.max(WEIGHTS_PER_DRAW, tensor.type().blockElements());
    int groupBytes = (int) tensor.type().bytes(group);
    int capacity = (int) Math.min(BUFFER_BYTES, bytes);
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(capacity + groupBytes).order(ByteOrder.LITTLE_ENDIAN);
    for (long written = 0; written < bytes; ) {
      buffer.clear();
      while (buffer.position() < Math.min(capacity, bytes - written)) {
        encoder.encode(random, buffer);
      }
      buffer.flip();
      buffer.limit((int) Math.min(buffer.limit(), bytes - written));
      while (buffer.hasRemaining()) {
        written += out.write(buffer, position + written);
      }
    }
  }

  /** Encodes the least number of weights that makes whole draws and whole blocks. */
  private interface Encoder {
    void encode(SplittableRandom random, ByteBuffer out);
  }

  private Encoder encoder(Blueprint tensor) {
    return switch (tensor.type()) {
      case F32 -> f32(tensor.mean(), tensor.deviation());
      case F16 -> f16(tensor.mean(), tensor.deviation());
      case Q8_0 -> q8(tensor.deviation());
      default -> throw new IllegalArgumentException("cannot forge " + tensor.type());
    };
  }

  private Encoder f32(float mean, float deviation) {
    return (random, out) -> {
      long draw = random.nextLong();
      for (int shift = 0; shift < Long.SIZE; shift += Short.SIZE) {
        out.putFloat(mean + deviation * numbers[(int) (draw >>> shift) & NUMBERS - 1]);
      }
    };
  }

  private Encoder f16(float mean, float deviation) {
    short[] encoded = new short[NUMBERS];
    for (int i = 0; i < NUMBERS; i++) {
      encoded[i] = Float.floatToFloat16(mean + deviation * numbers[i]);
    }
    return (random, out) -> {
      long draw = random.nextLong();
      for (int shift = 0; shift < Long.SIZE; shift += Short.SIZE) {
        out.putShort(encoded[(int) (draw >>> shift) & NUMBERS - 1]);
      }
    };
  }

  private Encoder q8(float deviation) {
    short scale = Float.floatToFloat16(deviation * Q8_RANGE / Q8_MAX);
    byte[] encoded = new byte[NUMBERS];
    for (int i = 0; i < NUMBERS; i++) {
      int rounded = Math.round(numbers[i] * Q8_MAX / Q8_RANGE);
      encoded[i] = (byte) Math.clamp(rounded, -Q8_MAX, Q8_MAX);
    }
    return (random, out) -> {
      out.putShort(scale);
      for (int i = 0; i < GgmlType.Q8_0.blockElements(); i += WEIGHTS_PER_DRAW) {
        long draw = random.nextLong();
        for (int shift = 0; shift < Long.SIZE; shift += Short.SIZE) {
          out.put(encoded[(int) (draw >>> shift) & NUMBERS - 1]);
        }
      }
    };
  }
}
