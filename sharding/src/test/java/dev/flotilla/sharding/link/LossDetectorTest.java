package dev.flotilla.sharding.link;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LossDetectorTest {
  private static final long MILLI = 1_000_000;

  private final LossDetector detector = new LossDetector();
  private long nowNanos;

  @Test
  void onAQuietNetworkSilenceMeansLossWithin150Milliseconds() {
    hear(20, 300);
    listen(100);
    assertThat(detector.lost()).isFalse();
    keepListening(50);
    assertThat(detector.lost()).isTrue();
  }

  @Test
  void onASlowNetworkItIsMorePatient() {
    hear(200, 50);
    listen(1_000);
    assertThat(detector.lost()).isFalse();
    keepListening(300);
    assertThat(detector.lost()).isTrue();
  }

  @Test
  void patienceHasAnEnd() {
    hear(60_000, 3);
    listen(5_010);
    assertThat(detector.lost()).isTrue();
  }

  @Test
  void aLongFrameDoesNotMakeItForgetThatTheNetworkIsSlow() {
    hear(200, 50);
    for (int part = 0; part < 10_000; part++) {
      detector.listens(nowNanos);
      nowNanos += MILLI / 100;
      detector.heard(nowNanos);
    }
    listen(1_000);
    assertThat(detector.lost()).isFalse();
  }

  @Test
  void timeInWhichThisSideDidNotRunIsNoSilence() {
    hear(20, 300);
    listen(20);
    nowNanos += 60_000 * MILLI;
    detector.silent(nowNanos);
    assertThat(detector.lost()).isFalse();
    keepListening(90);
    assertThat(detector.lost()).isTrue();
  }

  @Test
  void aPauseOfThisSideMakesItNoMorePatientLater() {
    hear(20, 300);
    detector.listens(nowNanos);
    nowNanos += 3_000 * MILLI;
    detector.heard(nowNanos);
    listen(260);
    assertThat(detector.lost()).isTrue();
  }

  @Test
  void timeInWhichNobodyListenedIsNoSilence() {
    hear(20, 300);
    nowNanos += 60_000 * MILLI;
    listen(100);
    assertThat(detector.lost()).isFalse();
  }

  /** Something is heard after every gap. */
  private void hear(long gapMillis, int times) {
    for (int i = 0; i < times; i++) {
      listen(gapMillis);
      detector.heard(nowNanos);
    }
  }

  /** Nothing is heard from the beginning of listening. */
  private void listen(long millis) {
    detector.listens(nowNanos);
    keepListening(millis);
  }

  /** Nothing is heard, at one look after another. */
  private void keepListening(long millis) {
    for (long end = nowNanos + millis * MILLI; nowNanos < end; ) {
      nowNanos = Math.min(end, nowNanos + LossDetector.BEAT_NANOS);
      detector.silent(nowNanos);
    }
  }
}
