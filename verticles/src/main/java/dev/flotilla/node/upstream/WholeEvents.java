package dev.flotilla.node.upstream;

import io.vertx.core.buffer.Buffer;

/**
 * Cuts a stream of server-sent events (WHATWG HTML, 9.2) between events, so that whatever is
 * written after a piece of it is an event of its own.
 */
final class WholeEvents {
  /** The longest event that is held back until it is whole; a longer one is passed on in parts. */
  static final int MAX_EVENT_BYTES = 1 << 20;

  private Buffer tail = Buffer.buffer();

  /** The whole events that are there now, which may be none. */
  Buffer add(Buffer bytes) {
    Buffer all = tail.length() == 0 ? bytes : tail.appendBuffer(bytes);
    int end = all.length() > MAX_EVENT_BYTES ? all.length() : endOfLastEvent(all);
    tail = all.getBuffer(end, all.length());
    return end == all.length() ? all : all.getBuffer(0, end);
  }

  /** What is left: an event that was never ended. */
  Buffer rest() {
    return tail;
  }

  /** The place behind the last empty line; 0 if there is none. */
  private static int endOfLastEvent(Buffer bytes) {
    for (int end = bytes.length(); end >= 2; end--) {
      byte last = bytes.getByte(end - 1);
      byte before = bytes.getByte(end - 2);
      boolean lines = (last == '\n' || last == '\r') && before == last;
      boolean pairs =
          last == '\n'
              && before == '\r'
              && end >= 3
              && (bytes.getByte(end - 3) == '\n' || bytes.getByte(end - 3) == '\r');
      if (lines || pairs) {
        return end;
      }
    }
    return 0;
  }
}
