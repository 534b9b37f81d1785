package dev.flotilla.engine.simulated;

import dev.flotilla.engine.Batch;

/**
 * A 64-bit hash as a hidden state: a byte in each of the first eight floats, which any activation
 * type of a link carries exactly.
 */
final class HiddenHash {
  private HiddenHash() {}

  static void write(long hash, Batch batch, int row, int width) {
    float[] hidden = batch.hidden(width);
    for (int i = 0; i < width; i++) {
      hidden[row * width + i] = i < Long.BYTES ? (hash >>> (8 * i)) & 0xFF : 0;
    }
  }

  static long read(Batch batch, int row, int width) {
    float[] hidden = batch.hidden(width);
    long hash = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      hash |= ((long) hidden[row * width + i] & 0xFF) << (8 * i);
    }
    return hash;
  }
}
