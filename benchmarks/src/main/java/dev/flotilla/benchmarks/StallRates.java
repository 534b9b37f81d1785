package dev.flotilla.benchmarks;

import java.util.Arrays;
import java.util.List;

/**
 * How fast a stream was before and while another request's prompt was read.
 *
 * @param before its events per second before
 * @param during its events per second meanwhile
 */
record StallRates(double before, double during) {

  /**
   * Rates from when things happened, as {@link System#nanoTime()}.
   *
   * @param events when each event of the stream arrived, in order
   * @param fromNanos when the time to compare with begins
   * @param promptNanos when the prompt was sent
   * @param readNanos when its first token came back
   */
  static StallRates of(long[] events, long fromNanos, long promptNanos, long readNanos) {
    return new StallRates(
        rate(events, fromNanos, promptNanos), rate(events, promptNanos, readNanos));
  }

  private static double rate(long[] events, long fromNanos, long toNanos) {
    long count = Arrays.stream(events).filter(at -> at >= fromNanos && at < toNanos).count();
    return count * 1e9 / (toNanos - fromNanos);
  }

  /**
   * Events per second of several streams, while all of them run.
   *
   * @param streams when each event of each arrived, in order; NaN if they never all run
   */
  static double together(List<long[]> streams) {
    long from = streams.stream().mapToLong(events -> events[0]).max().orElseThrow();
    long to = streams.stream().mapToLong(events -> events[events.length - 1]).min().orElseThrow();
    return to <= from
        ? Double.NaN
        : streams.stream().mapToDouble(events -> rate(events, from, to)).sum();
  }

  /** The longest time without an event, in nanoseconds, within a span of time. */
  static long longestGap(long[] events, long fromNanos, long toNanos) {
    long last = fromNanos;
    long longest = 0;
    for (long at : events) {
      if (at >= fromNanos && at < toNanos) {
        longest = Math.max(longest, at - last);
        last = at;
      }
    }
    return Math.max(longest, toNanos - last);
  }

  /** The part of its rate that the stream kept. */
  double kept() {
    return during / before;
  }
}
