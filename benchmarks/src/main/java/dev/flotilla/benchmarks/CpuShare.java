package dev.flotilla.benchmarks;

/**
 * The part of a core's time that processes get.
 *
 * @param runMillis how long they may run
 * @param periodMillis in how long
 */
record CpuShare(int runMillis, int periodMillis) {
  /** All of it. */
  static final CpuShare WHOLE = new CpuShare(1, 1);

  CpuShare {
    if (runMillis < 1 || periodMillis < runMillis) {
      throw new IllegalArgumentException("%d ms of %d".formatted(runMillis, periodMillis));
    }
  }

  boolean isWhole() {
    return runMillis == periodMillis;
  }

  @Override
  public String toString() {
    return isWhole() ? "1" : runMillis + "/" + periodMillis;
  }
}
