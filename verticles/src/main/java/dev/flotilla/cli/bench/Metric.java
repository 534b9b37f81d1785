package dev.flotilla.cli.bench;

import dev.flotilla.cli.bench.BenchPlan.Phase;
import java.util.List;
import java.util.stream.LongStream;

/** What is reported of a phase. Each is one number per repetition. */
enum Metric {
  PROMPT_RATE("prompt", "t/s", Phase.PROMPT),
  TTFT_P50("ttft p50", "ms", Phase.PROMPT),
  TTFT_P90("ttft p90", "ms", Phase.PROMPT),
  TTFT_P99("ttft p99", "ms", Phase.PROMPT),
  GENERATION_RATE("generation", "t/s", Phase.GENERATION),
  STREAM_RATE("per stream", "t/s", Phase.GENERATION),
  ITL_P50("itl p50", "ms", Phase.GENERATION),
  ITL_P90("itl p90", "ms", Phase.GENERATION),
  ITL_P99("itl p99", "ms", Phase.GENERATION);

  private final String label;
  private final String unit;
  private final Phase phase;

  Metric(String label, String unit, Phase phase) {
    this.label = label;
    this.unit = unit;
    this.phase = phase;
  }

  /** Its name in tables. */
  String label() {
    return label;
  }

  /** {@code t/s}, where more is better, or {@code ms}, where less is. */
  String unit() {
    return unit;
  }

  /** The phase that it is measured in. */
  Phase phase() {
    return phase;
  }

  /** Its value for the answers of one run of its phase; NaN where they are too short for it. */
  double of(List<Answer> answers) {
    return switch (this) {
      case PROMPT_RATE -> promptRate(answers);
      case TTFT_P50 -> firstTextMillis(answers, 50);
      case TTFT_P90 -> firstTextMillis(answers, 90);
      case TTFT_P99 -> firstTextMillis(answers, 99);
      case GENERATION_RATE -> generationRate(answers);
      case STREAM_RATE -> streamRate(answers);
      case ITL_P50 -> gapMillis(answers, 50);
      case ITL_P90 -> gapMillis(answers, 90);
      case ITL_P99 -> gapMillis(answers, 99);
    };
  }

  /** Prompt tokens that were really read, of all clients together, per second of the phase. */
  private static double promptRate(List<Answer> answers) {
    long tokens = answers.stream().mapToLong(a -> a.promptTokens() - a.cachedTokens()).sum();
    return tokens / phaseSeconds(answers);
  }

  /** Tokens of all clients together, per second of the phase. */
  private static double generationRate(List<Answer> answers) {
    return answers.stream().mapToLong(Answer::completionTokens).sum() / phaseSeconds(answers);
  }

  /** Tokens of one answer per second from its first text to its last; the median of all. */
  private static double streamRate(List<Answer> answers) {
    double[] rates =
        answers.stream()
            .filter(answer -> answer.textNanos().length > 1)
            .mapToDouble(answer -> {
              long[] at = answer.textNanos();
              return (answer.completionTokens() - 1) * 1e9 / (at[at.length - 1] - at[0]);
            })
            .toArray();
    return rates.length == 0 ? Double.NaN : Statistics.Spread.of(rates).median();
  }

  private static double phaseSeconds(List<Answer> answers) {
    long first = answers.stream().mapToLong(Answer::sentNanos).min().orElseThrow();
    long last = answers.stream().mapToLong(Answer::endNanos).max().orElseThrow();
    return (last - first) / 1e9;
  }

  private static double firstTextMillis(List<Answer> answers, double percent) {
    return percentileMillis(answers.stream().mapToLong(Answer::firstTextNanos), percent);
  }

  private static double gapMillis(List<Answer> answers, double percent) {
    return percentileMillis(answers.stream().flatMapToLong(Metric::gaps), percent);
  }

  private static LongStream gaps(Answer answer) {
    long[] at = answer.textNanos();
    return LongStream.range(1, at.length).map(i -> at[(int) i] - at[(int) i - 1]);
  }

  private static double percentileMillis(LongStream nanos, double percent) {
    double[] millis = nanos.mapToDouble(n -> n / 1e6).toArray();
    return millis.length == 0 ? Double.NaN : Statistics.percentile(millis, percent);
  }
}
