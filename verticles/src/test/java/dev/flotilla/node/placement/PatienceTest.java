package dev.flotilla.node.placement;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PatienceTest {
  private static final long SECOND = 1_000_000_000;

  private final Patience patience = new Patience();

  @Test
  void oneLossChangesNothing() {
    patience.moved(0);
    patience.moved(0);

    assertThat(patience.millis(SECOND, true)).isEqualTo(500);
  }

  @Test
  void eachFurtherMoveDoublesItUpToALimit() {
    for (int move = 0; move < 4; move++) {
      patience.moved(move * SECOND);
    }
    assertThat(patience.millis(5 * SECOND, true)).isEqualTo(2_000);

    for (int move = 4; move < 40; move++) {
      patience.moved(move * SECOND);
    }
    assertThat(patience.millis(40 * SECOND, true)).isEqualTo(8_000);
  }

  @Test
  void aMinuteWithoutMovesIsForgiven() {
    for (int move = 0; move < 6; move++) {
      patience.moved(move * SECOND);
    }

    assertThat(patience.millis(70 * SECOND, true)).isEqualTo(500);
  }

  @Test
  void layersThatMustBeFetchedAreWorthWaitingFor() {
    assertThat(patience.millis(0, false)).isEqualTo(4_000);
    for (int move = 0; move < 6; move++) {
      patience.moved(move * SECOND);
    }
    assertThat(patience.millis(7 * SECOND, false)).isEqualTo(8_000);
  }
}
