package dev.flotilla.cli.bench;

import dev.flotilla.cli.bench.BenchResult.Series;
import dev.flotilla.cli.bench.Statistics.Spread;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Prints results for people and for programs. */
public final class BenchReport {

  private static final String COLUMN = "%12s  %-22s";

  private final BenchResult result;

  /** A report of a result. */
  public BenchReport(BenchResult result) {
    this.result = result;
  }

  /** A table: per concurrency and metric the median of each target, and their ratio. */
  public String table() {
    StringBuilder text = new StringBuilder(heading());
    for (int clients : result.plan().concurrencies()) {
      List<Series> sides = series(clients);
      text.append("\n%-15s%s\n".formatted(clients + " at once", columns()));
      metrics().forEach(metric -> text.append(row(metric, sides)));
    }
    text.append("\nThis client took %s cores.\n".formatted(decimals(2, result.clientCpu())));
    if (isComparison()) {
      text.append("Ratios are per repetition: above 1 is better for t/s, below 1 for ms.\n");
    }
    return text.toString();
  }

  /** Everything, with the value of every repetition. */
  public JsonObject json() {
    BenchPlan plan = result.plan();
    JsonArray targets = new JsonArray();
    result
        .targets()
        .forEach(target ->
            targets.add(
                new JsonObject()
                    .put("url", target.api().root().toString())
                    .put("model", target.model())));
    JsonArray measured = new JsonArray();
    for (int clients : plan.concurrencies()) {
      measured.add(json(clients));
    }
    return new JsonObject()
        .put("targets", targets)
        .put("promptTokens", plan.promptTokens())
        .put("maxTokens", plan.maxTokens())
        .put("requestsPerClient", plan.requests())
        .put("repetitions", plan.repetitions())
        .put("warmUps", plan.warmUps())
        .put("chat", plan.chat())
        .put("sharedPrefix", plan.sharedPrefix())
        .put("seed", plan.seed())
        .put("clientCpuCores", result.clientCpu())
        .put("results", measured);
  }

  private String heading() {
    BenchPlan plan = result.plan();
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < result.targets().size(); i++) {
      Target target = result.targets().get(i);
      text.append("%c  %s  %s\n".formatted('A' + i, target.api(), target.model()));
    }
    text.append(
        "Prompts of %d tokens, answers of %d; %d requests per client, %d repetitions, seed %d.\n"
            .formatted(
                plan.promptTokens(),
                plan.maxTokens(),
                plan.requests(),
                plan.repetitions(),
                plan.seed()));
    return text.toString();
  }

  private String columns() {
    String columns = COLUMN.formatted("A", "min .. max");
    return isComparison()
        ? columns + COLUMN.formatted("B", "min .. max") + COLUMN.formatted("A/B", "min .. max")
        : columns;
  }

  private String row(Metric metric, List<Series> sides) {
    StringBuilder cells = new StringBuilder();
    sides.forEach(side -> cells.append(cell(2, side.spread(metric))));
    if (isComparison()) {
      cells.append(cell(3, sides.getFirst().ratio(sides.getLast(), metric)));
    }
    return "  %-10s %s%s\n".formatted(metric.label(), metric.unit(), cells);
  }

  private static String cell(int decimals, Spread spread) {
    return COLUMN.formatted(
        decimals(decimals, spread.median()),
        decimals(decimals, spread.min()) + " .. " + decimals(decimals, spread.max()));
  }

  private static String decimals(int count, double value) {
    return String.format(Locale.ROOT, "%." + count + "f", value);
  }

  private boolean isComparison() {
    return result.targets().size() == 2;
  }

  private JsonObject json(int clients) {
    List<Series> sides = series(clients);
    JsonObject metrics = new JsonObject();
    for (Metric metric : metrics()) {
      JsonObject entry = new JsonObject().put("unit", metric.unit());
      JsonArray values = new JsonArray();
      sides.forEach(side -> values.add(json(side.valuesOf(metric), side.spread(metric))));
      entry.put("targets", values);
      if (sides.size() == 2) {
        entry.put("ratio", json(sides.getFirst().ratio(sides.getLast(), metric)));
      }
      metrics.put(metric.name().toLowerCase(Locale.ROOT), entry);
    }
    return new JsonObject().put("concurrency", clients).put("metrics", metrics);
  }

  private static JsonObject json(double[] values, Spread spread) {
    JsonArray all = new JsonArray();
    Arrays.stream(values).forEach(value -> addNumber(all, value));
    return json(spread).put("values", all);
  }

  private static JsonObject json(Spread spread) {
    JsonObject object = new JsonObject();
    putNumber(object, "min", spread.min());
    putNumber(object, "median", spread.median());
    putNumber(object, "max", spread.max());
    return object;
  }

  /** JSON has no NaN; what could not be measured is null. */
  private static void putNumber(JsonObject object, String name, double value) {
    if (Double.isFinite(value)) {
      object.put(name, value);
    } else {
      object.putNull(name);
    }
  }

  private static void addNumber(JsonArray array, double value) {
    if (Double.isFinite(value)) {
      array.add(value);
    } else {
      array.addNull();
    }
  }

  private List<Series> series(int clients) {
    return result.series().stream().filter(series -> series.clients() == clients).toList();
  }

  private List<Metric> metrics() {
    return Arrays.stream(Metric.values())
        .filter(metric -> result.plan().phases().contains(metric.phase()))
        .toList();
  }
}
