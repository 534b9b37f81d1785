package dev.flotilla.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;

/**
 * What a virtual machine's processors have done since it was started, in ticks (proc_stat(5)).
 *
 * @param all of them
 * @param stolen those in which the host had something else to do
 */
record ProcessorTimes(long all, long stolen) {
  private static final Path STAT = Path.of("/proc/stat");

  /** User, nice, system, idle, iowait, irq, softirq and steal; guests count as users too. */
  private static final int KINDS = 8;

  private static final int STEAL = 7;

  /** Reads it now. */
  static ProcessorTimes now() throws IOException {
    try (Stream<String> lines = Files.lines(STAT)) {
      return of(lines.findFirst().orElseThrow());
    }
  }

  /** Reads the line of all processors. */
  static ProcessorTimes of(String line) {
    long[] ticks =
        Arrays.stream(line.strip().split(" +"))
            .skip(1)
            .limit(KINDS)
            .mapToLong(Long::parseLong)
            .toArray();
    return new ProcessorTimes(Arrays.stream(ticks).sum(), ticks[STEAL]);
  }

  /** Which part of the time was stolen since then. */
  double stolenSince(ProcessorTimes then) {
    return (double) (stolen - then.stolen) / Math.max(1, all - then.all);
  }
}
