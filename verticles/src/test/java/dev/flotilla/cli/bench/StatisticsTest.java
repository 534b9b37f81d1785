package dev.flotilla.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.cli.bench.Statistics.Spread;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StatisticsTest {

  @Test
  void percentilesAreNearestRanks() {
    double[] oneToHundred = IntStream.rangeClosed(1, 100).mapToDouble(i -> 101 - i).toArray();

    assertThat(Statistics.percentile(oneToHundred, 50)).isEqualTo(50);
    assertThat(Statistics.percentile(oneToHundred, 90)).isEqualTo(90);
    assertThat(Statistics.percentile(oneToHundred, 99)).isEqualTo(99);
    assertThat(Statistics.percentile(oneToHundred, 100)).isEqualTo(100);
    assertThat(Statistics.percentile(new double[] {7}, 1)).isEqualTo(7);
    assertThat(Statistics.percentile(new double[] {3, 1, 2}, 50)).isEqualTo(2);
    assertThat(Statistics.percentile(new double[] {3, 1, 2}, 90)).isEqualTo(3);
  }

  @Test
  void spreadsOfOddAndEvenNumbers() {
    assertThat(Spread.of(new double[] {5, 1, 3})).isEqualTo(new Spread(1, 3, 5));
    assertThat(Spread.of(new double[] {4, 1, 2, 3})).isEqualTo(new Spread(1, 2.5, 4));
    assertThat(Spread.of(new double[] {9})).isEqualTo(new Spread(9, 9, 9));
  }
}
