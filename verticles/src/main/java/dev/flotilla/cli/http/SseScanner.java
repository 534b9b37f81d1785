package dev.flotilla.cli.http;

import java.io.IOException;
import java.util.Arrays;

/**
 * Cuts a byte stream into server-sent events (WHATWG HTML, section 9.2) without making a string of
 * any: several thousand events a second must cost next to nothing. Fields other than {@code data}
 * are skipped. One thread.
 */
public final class SseScanner {

  /** The longest event that is read. */
  public static final int MAX_EVENT_BYTES = 16 << 20;

  private static final byte[] DATA = {'d', 'a', 't', 'a', ':'};

  /** Takes events. */
  @FunctionalInterface
  public interface Sink {
    /**
     * One event's data.
     *
     * @param buffer holds it from index 0; reused once this returns
     * @param length its bytes
     */
    void event(byte[] buffer, int length) throws IOException;
  }

  private final Sink sink;
  private byte[] data = new byte[4096];
  private int dataLength;
  private boolean hasData;
  private byte[] line = new byte[4096];
  private int lineLength;

  /** A scanner at the start of a stream. */
  public SseScanner(Sink sink) {
    this.sink = sink;
  }

  /**
   * Goes on with more bytes of the stream, cut anywhere.
   *
   * @throws IOException if an event is longer than {@link #MAX_EVENT_BYTES}, or from the sink
   */
  public void accept(byte[] bytes, int from, int to) throws IOException {
    int start = from;
    for (int i = from; i < to; i++) {
      if (bytes[i] == '\n') {
        if (lineLength == 0) {
          line(bytes, start, i);
        } else {
          keep(bytes, start, i);
          line(line, 0, lineLength);
          lineLength = 0;
        }
        start = i + 1;
      }
    }
    keep(bytes, start, to);
  }

  private void line(byte[] bytes, int from, int newline) throws IOException {
    int to = newline > from && bytes[newline - 1] == '\r' ? newline - 1 : newline;
    if (from == to) {
      dispatch();
    } else if (to - from >= DATA.length
        && Arrays.equals(bytes, from, from + DATA.length, DATA, 0, DATA.length)) {
      int value = from + DATA.length;
      addData(bytes, value < to && bytes[value] == ' ' ? value + 1 : value, to);
    }
  }

  private void addData(byte[] bytes, int from, int to) throws IOException {
    int separator = hasData ? 1 : 0;
    data = grown(data, dataLength + separator + to - from);
    if (hasData) {
      data[dataLength++] = '\n';
    }
    System.arraycopy(bytes, from, data, dataLength, to - from);
    dataLength += to - from;
    hasData = true;
  }

  private void dispatch() throws IOException {
    if (hasData) {
      int length = dataLength;
      dataLength = 0;
      hasData = false;
      sink.event(data, length);
    }
  }

  private void keep(byte[] bytes, int from, int to) throws IOException {
    line = grown(line, lineLength + to - from);
    System.arraycopy(bytes, from, line, lineLength, to - from);
    lineLength += to - from;
  }

  private static byte[] grown(byte[] buffer, int needed) throws IOException {
    if (needed > MAX_EVENT_BYTES) {
      throw new IOException("an event is longer than " + MAX_EVENT_BYTES + " bytes");
    }
    return needed <= buffer.length
        ? buffer
        : Arrays.copyOf(buffer, Math.max(needed, 2 * buffer.length));
  }
}
