package dev.flotilla.node.upstream;

import io.vertx.core.buffer.Buffer;

/**
 * An answer (2xx) that has begun: its first bytes are there, or all of it. From here on it is not
 * asked for elsewhere. On the event loop of whoever asked.
 */
public interface UpstreamAnswer {

  /** Takes an answer. */
  interface Reader {
    /** The next bytes. */
    void data(Buffer bytes);

    /** That was all; nothing comes after it. */
    void end();

    /** There is more, but it does not come; nothing comes after it. */
    void lost(UpstreamException cause);
  }

  /** The upstream that gives it. */
  String server();

  /** How many upstreams were asked, this one included. */
  int attempts();

  /** Its media type. */
  String contentType();

  /** Whether all of it is there, so that it can't be lost any more. */
  boolean isWhole();

  /** Has it read, from the first byte; once. */
  void read(Reader reader);

  /** Nothing more is read of it until {@link #resume}. */
  void pause();

  /** The reader has room again. */
  void resume();
}
