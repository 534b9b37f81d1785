package dev.flotilla.sharding.link;

import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.util.function.LongSupplier;

/**
 * What comes in over a link, with an ear for silence. Any byte is a sign of life: the rest of a
 * long frame may take its time. The thread that reads judges by itself, and only after it found
 * nothing to read, so that what came in while this side did not run is never taken for silence.
 * Confined to that thread.
 */
final class WatchedInput extends InputStream {
  private final InputStream in;
  private final LongSupplier nanoTime;
  private final LossDetector detector = new LossDetector();
  private boolean watching;

  /**
   * Not watched yet.
   *
   * @param in of a socket; once watched, its reads time out every {@link LossDetector#BEAT_NANOS}
   * @param nanoTime the clock
   */
  WatchedInput(InputStream in, LongSupplier nanoTime) {
    this.in = in;
    this.nanoTime = nanoTime;
  }

  /** From now on, silence ends a read by an exception, and timeouts of the socket do not. */
  void watch() {
    watching = true;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
  }

  /**
   * Reads what is there, at least a byte. Blocks until then.
   *
   * @throws IOException if the other end is lost
   */
  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    detector.listens(nanoTime.getAsLong());
    while (true) {
      try {
        int count = in.read(bytes, offset, length);
        detector.heard(nanoTime.getAsLong());
        return count;
      } catch (SocketTimeoutException e) {
        if (!watching) {
          throw e;
        }
        detector.silent(nanoTime.getAsLong());
        if (detector.lost()) {
          throw new IOException(
              "nothing heard for %d ms".formatted(detector.patienceNanos() / 1_000_000), e);
        }
      }
    }
  }
}
