package dev.flotilla.sharding.link;

import dev.flotilla.engine.wire.FrameWriter;

/**
 * What is taken from the other end of a link.
 *
 * @param rows of a batch
 * @param width floats of a hidden state
 * @param activations how they travel
 */
public record LinkLimits(int rows, int width, ActivationType activations) {

  /** Before {@link LinkFrame.Hello} said more: no batches. */
  static final LinkLimits BEFORE_HELLO = new LinkLimits(0, 0, ActivationType.F32);

  /** Frames besides batches: a grammar and a prompt to look back on are the longest parts. */
  private static final int OTHER_FRAME_BYTES = 8 << 20;

  public LinkLimits {
    if (rows < 0 || width < 0) {
      throw new IllegalArgumentException("rows %d of width %d".formatted(rows, width));
    }
  }

  /** The longest frame. */
  int frameBytes() {
    long batch = (long) rows * (32 + 4L * width);
    return (int) Math.min(FrameWriter.MAX_FRAME_BYTES, Math.max(OTHER_FRAME_BYTES, batch + 1024));
  }
}
