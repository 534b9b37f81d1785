package dev.flotilla.benchmarks;

import dev.flotilla.cli.bench.Statistics.Spread;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;

/**
 * Rates that were measured in turns.
 *
 * @param turns at least one
 */
record TurnRates(List<Turn> turns) {

  /** One turn: the rate of what is compared with, and the other one soon before or after it. */
  record Turn(double base, double other) {}

  /** What goes over {@link #row}s. */
  static String heading(String base, String other) {
    return "%-38s %9s  %-19s %9s  %-19s %5s  %s"
        .formatted("", base, "min .. max", other, "min .. max", "ratio", "min .. max");
  }

  TurnRates {
    turns = List.copyOf(turns);
  }

  Spread base() {
    return Spread.of(turns.stream().mapToDouble(Turn::base).toArray());
  }

  Spread other() {
    return Spread.of(turns.stream().mapToDouble(Turn::other).toArray());
  }

  /** The other over the base, each within its turn. */
  Spread ratio() {
    return Spread.of(turns.stream().mapToDouble(turn -> turn.other() / turn.base()).toArray());
  }

  /** A line of a table for people. */
  String row(String label, int decimals) {
    String median = "%,9." + decimals + "f";
    String extreme = "%,." + decimals + "f";
    return String.format(
        Locale.ROOT,
        "%-38s " + median + "  %-19s " + median + "  %-19s %5.2f  %s",
        label,
        base().median(),
        extremes(extreme, base()),
        other().median(),
        extremes(extreme, other()),
        ratio().median(),
        extremes("%.2f", ratio()));
  }

  /** Every value. */
  JsonArray json(String base, String other) {
    JsonArray values = new JsonArray();
    turns.forEach(
        turn -> values.add(new JsonObject().put(base, turn.base()).put(other, turn.other())));
    return values;
  }

  private static String extremes(String format, Spread spread) {
    return String.format(Locale.ROOT, format + " .. " + format, spread.min(), spread.max());
  }
}
