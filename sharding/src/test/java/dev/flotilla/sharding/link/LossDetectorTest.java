package dev.flotilla.sharding.link;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LossDetectorTest {
  private static final long MILLI = 1_000_000;

  @Test
  void onAQuietNetworkSilenceMeansLossWithin150Milliseconds() {
    LossDetector detector = new LossDetector(0);
    long now = beat(detector, 0, 20 * MILLI, 300);
    assertThat(detector.lost(now + 100 * MILLI)).isFalse();
    assertThat(detector.lost(now + 150 * MILLI)).isTrue();
  }

  @Test
  void onASlowNetworkItIsMorePatient() {
    LossDetector detector = new LossDetector(0);
    long now = beat(detector, 0, 200 * MILLI, 50);
    assertThat(detector.lost(now + 1_000 * MILLI)).isFalse();
    assertThat(detector.lost(now + 1_300 * MILLI)).isTrue();
  }

  @Test
  void patienceHasAnEnd() {
    LossDetector detector = new LossDetector(0);
    long now = beat(detector, 0, 60_000 * MILLI, 3);
    assertThat(detector.lost(now + 5_001 * MILLI)).isTrue();
  }

  private static long beat(LossDetector detector, long from, long gap, int times) {
    long now = from;
    for (int i = 0; i < times; i++) {
      now += gap;
      detector.heard(now);
    }
    return now;
  }
}
