package dev.flotilla.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class MetricTest {

  private static final Offset<Double> EXACT = within(1e-9);

  /** Two clients at once: from 0 to 1 s and from 0.5 s to 2 s. */
  private static final List<Answer> ANSWERS =
      List.of(
          new Answer(0, millis(200, 300, 500), millisAt(1000), 100, 20, 3),
          new Answer(millisAt(500), millis(900, 1900), millisAt(2000), 120, 0, 5));

  @Test
  void ratesCountAllClientsOverTheWholePhase() {
    assertThat(Metric.PROMPT_RATE.of(ANSWERS)).isEqualTo((80 + 120) / 2.0, EXACT);
    assertThat(Metric.GENERATION_RATE.of(ANSWERS)).isEqualTo((3 + 5) / 2.0, EXACT);
  }

  @Test
  void streamRateIsOneAnswersOwn() {
    double first = 2 / 0.3;
    double second = 4 / 1.0;

    assertThat(Metric.STREAM_RATE.of(ANSWERS)).isEqualTo((first + second) / 2, EXACT);
  }

  @Test
  void firstTextCountsFromItsRequest() {
    assertThat(Metric.TTFT_P50.of(ANSWERS)).isEqualTo(200, EXACT);
    assertThat(Metric.TTFT_P99.of(ANSWERS)).isEqualTo(400, EXACT);
  }

  @Test
  void gapsAreWithinAnswers() {
    assertThat(Metric.ITL_P50.of(ANSWERS)).isEqualTo(200, EXACT);
    assertThat(Metric.ITL_P90.of(ANSWERS)).isEqualTo(1000, EXACT);
  }

  @Test
  void whatCannotBeMeasuredIsNotANumber() {
    List<Answer> silent = List.of(new Answer(0, new long[0], millisAt(10), 5, 0, 1));

    assertThat(Metric.ITL_P50.of(silent)).isNaN();
    assertThat(Metric.STREAM_RATE.of(silent)).isNaN();
    assertThat(Metric.TTFT_P50.of(silent)).isEqualTo(10, EXACT);
  }

  private static long[] millis(long... values) {
    return Arrays.stream(values).map(MetricTest::millisAt).toArray();
  }

  private static long millisAt(long value) {
    return value * 1_000_000;
  }
}
