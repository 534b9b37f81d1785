package dev.flotilla.sharding.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.Test;

/** In virtual time: a socket whose bytes come one by one, and whose reads time out in between. */
class WatchedInputTest {
  private static final long MILLI = 1_000_000;

  private long nowNanos;
  private long gapNanos = 20 * MILLI;
  private long nextByteNanos;

  private final WatchedInput input = new WatchedInput(new Socket(), () -> nowNanos);

  @Test
  void everyByteIsASignOfLife() throws IOException {
    input.watch();
    gapNanos = 90 * MILLI;
    assertThat(input.readNBytes(1_000)).hasSize(1_000);
    assertThat(nowNanos).isEqualTo(999 * 90 * MILLI);
  }

  @Test
  void silenceEndsTheRead() throws IOException {
    input.watch();
    assertThat(input.readNBytes(500)).hasSize(500);
    long heardNanos = nowNanos;
    gapNanos = Long.MAX_VALUE / 2;
    assertThatThrownBy(() -> input.readNBytes(2))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("nothing heard");
    assertThat(nowNanos - heardNanos).isBetween(120 * MILLI, 20 * MILLI + 150 * MILLI);
  }

  @Test
  void whatCameInWhileThisSideDidNotRunIsRead() throws IOException {
    input.watch();
    assertThat(input.readNBytes(500)).hasSize(500);
    nowNanos += 60_000 * MILLI;
    assertThat(input.read()).isEqualTo('x');
  }

  @Test
  void beforeItIsWatchedTimeoutsAreForTheReader() {
    gapNanos = 1_000 * MILLI;
    nextByteNanos = gapNanos;
    assertThatThrownBy(() -> input.readNBytes(1)).isInstanceOf(SocketTimeoutException.class);
  }

  private final class Socket extends InputStream {
    @Override
    public int read() throws IOException {
      if (nextByteNanos > nowNanos + LossDetector.BEAT_NANOS) {
        nowNanos += LossDetector.BEAT_NANOS;
        throw new SocketTimeoutException("Read timed out");
      }
      nowNanos = Math.max(nowNanos, nextByteNanos);
      nextByteNanos = nowNanos + gapNanos;
      return 'x';
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      bytes[offset] = (byte) read();
      return 1;
    }
  }
}
