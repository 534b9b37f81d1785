package dev.flotilla.cli.doctor;

import java.util.Locale;

/** Sizes for people. */
public final class Sizes {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

  private Sizes() {}

  /** A number of bytes with a fitting unit: {@code 1.5 GiB}. */
  public static String bytes(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", value, UNITS[unit]);
  }

  /** A count with a fitting unit: {@code 1.1 B} for 1.1 billion. */
  public static String count(long count) {
    return count >= 1_000_000_000
        ? String.format(Locale.ROOT, "%.1f B", count / 1e9)
        : count >= 1_000_000
            ? String.format(Locale.ROOT, "%.1f M", count / 1e6)
            : String.format(Locale.ROOT, "%.0f K", count / 1e3);
  }
}
