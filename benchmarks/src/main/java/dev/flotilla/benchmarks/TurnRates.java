package dev.flotilla.benchmarks;

import dev.flotilla.cli.bench.Statistics.Spread;
import java.util.List;
import java.util.Locale;

/**
 * Rates that were measured in turns.
 *
 * @param turns at least one
 */
record TurnRates(List<Turn> turns) {

  /** One turn: the rate without TLS and the rate under it, one soon after the other. */
  record Turn(double plain, double secured) {}

  /** Over {@link #row}s. */
  static final String HEADING =
      "%-38s %9s  %-19s %9s  %-19s %5s  %s"
          .formatted("", "plain", "min .. max", "TLS", "min .. max", "ratio", "min .. max");

  TurnRates {
    turns = List.copyOf(turns);
  }

  Spread plain() {
    return Spread.of(turns.stream().mapToDouble(Turn::plain).toArray());
  }

  Spread secured() {
    return Spread.of(turns.stream().mapToDouble(Turn::secured).toArray());
  }

  /** TLS over plain, each within its turn. */
  Spread ratio() {
    return Spread.of(turns.stream().mapToDouble(turn -> turn.secured() / turn.plain()).toArray());
  }

  /** A line of a table for people. */
  String row(String label) {
    return String.format(
        Locale.ROOT,
        "%-38s %,9.0f  %-19s %,9.0f  %-19s %5.2f  %s",
        label,
        plain().median(),
        extremes("%,.0f", plain()),
        secured().median(),
        extremes("%,.0f", secured()),
        ratio().median(),
        extremes("%.2f", ratio()));
  }

  private static String extremes(String format, Spread spread) {
    return String.format(Locale.ROOT, format + " .. " + format, spread.min(), spread.max());
  }
}
