package dev.flotilla.sharding.plan;

import java.util.Locale;

/** Sizes for people. */
final class Bytes {
  private static final double GIB = 1L << 30;

  private Bytes() {}

  static String text(long bytes) {
    return String.format(Locale.ROOT, "%.2f GiB", bytes / GIB);
  }
}
