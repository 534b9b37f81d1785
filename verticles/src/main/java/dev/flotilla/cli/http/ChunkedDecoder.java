package dev.flotilla.cli.http;

import java.io.IOException;

/**
 * Takes the framing off a chunked HTTP/1.1 body (RFC 9112, section 7.1), handing the content on in
 * place. Extensions and trailers are skipped. One thread.
 */
public final class ChunkedDecoder {

  /** Takes content. */
  @FunctionalInterface
  public interface Sink {
    /** Content: {@code bytes[from, to)}, valid until this returns. */
    void content(byte[] bytes, int from, int to) throws IOException;
  }

  private enum State {
    SIZE,
    EXTENSION,
    CONTENT,
    CONTENT_END,
    TRAILER_START,
    TRAILER,
    DONE
  }

  /** Hexadecimal digits of the largest chunk size that is taken. */
  private static final int MAX_SIZE_DIGITS = 8;

  private final Sink sink;
  private State state = State.SIZE;
  private long remaining;
  private int digits;

  /** A decoder at the start of a body. */
  public ChunkedDecoder(Sink sink) {
    this.sink = sink;
  }

  /** Whether the body has ended. */
  public boolean isDone() {
    return state == State.DONE;
  }

  /**
   * Goes on with more bytes, cut anywhere.
   *
   * @return the index after the last byte of the body, {@code to} unless it ended
   * @throws IOException if the framing is broken, or from the sink
   */
  public int accept(byte[] bytes, int from, int to) throws IOException {
    int at = from;
    while (at < to && state != State.DONE) {
      if (state == State.CONTENT) {
        int end = (int) Math.min(to, at + remaining);
        sink.content(bytes, at, end);
        remaining -= end - at;
        at = end;
        state = remaining == 0 ? State.CONTENT_END : State.CONTENT;
      } else {
        frame(bytes[at++]);
      }
    }
    return at;
  }

  private void frame(byte next) throws IOException {
    switch (state) {
      case SIZE -> size(next);
      case EXTENSION -> {
        if (next == '\n') {
          sizeEnds();
        }
      }
      case CONTENT_END -> {
        if (next == '\n') {
          startSize();
        } else if (next != '\r') {
          throw new IOException("a chunk is longer than it says");
        }
      }
      case TRAILER_START -> {
        if (next == '\n') {
          state = State.DONE;
        } else if (next != '\r') {
          state = State.TRAILER;
        }
      }
      case TRAILER -> {
        if (next == '\n') {
          state = State.TRAILER_START;
        }
      }
      case CONTENT, DONE -> throw new IllegalStateException("no framing in " + state);
    }
  }

  private void size(byte next) throws IOException {
    int digit = Character.digit(next, 16);
    if (digit >= 0 && digits < MAX_SIZE_DIGITS) {
      remaining = remaining * 16 + digit;
      digits++;
    } else if (digits > 0 && (next == ';' || next == ' ' || next == '\r')) {
      state = State.EXTENSION;
    } else if (digits > 0 && next == '\n') {
      sizeEnds();
    } else {
      throw new IOException("a chunk has no valid size");
    }
  }

  private void sizeEnds() {
    state = remaining == 0 ? State.TRAILER_START : State.CONTENT;
  }

  private void startSize() {
    state = State.SIZE;
    remaining = 0;
    digits = 0;
  }
}
