package dev.flotilla.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.benchmarks.TurnRates.Turn;
import dev.flotilla.cli.bench.Statistics.Spread;
import java.util.List;
import org.junit.jupiter.api.Test;

class TurnRatesTest {
  private final TurnRates rates =
      new TurnRates(List.of(new Turn(1000, 500), new Turn(4000, 3000), new Turn(2000, 1800)));

  @Test
  void ratiosAreTakenWithinATurn() {
    assertThat(rates.ratio()).isEqualTo(new Spread(0.5, 0.75, 0.9));
  }

  @Test
  void aRowShowsBothSidesWithTheirExtremes() {
    assertThat(rates.row("op/s", 0))
        .containsSubsequence(
            "op/s", "2,000", "1,000 .. 4,000", "1,800", "500 .. 3,000", "0.75", "0.50 .. 0.90");
  }
}
