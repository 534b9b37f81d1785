package dev.flotilla.engine.metering;

import dev.flotilla.gguf.LayerRange;
import java.util.ArrayList;
import java.util.List;

/**
 * Adds up what batches take in the stages of a chain. Stages tell only spans of their own clocks:
 * what no stage accounts for of a batch's whole trip was spent between them. Safe for threads.
 */
public final class ChainMeter {
  private static final double NANOS = 1e9;

  private final List<StageFigures> stages = new ArrayList<>();
  private final int modelLayers;
  private final int rowBytes;
  private int recoveries;
  private double pauseSeconds;
  private double lastPauseSeconds;
  private long draftedTokens;
  private long acceptedTokens;

  /**
   * A meter of nothing yet.
   *
   * @param layers of each stage, in order
   * @param modelLayers layers of the whole model
   * @param rowBytes what a row takes between two stages
   */
  public ChainMeter(List<LayerRange> layers, int modelLayers, int rowBytes) {
    layers.forEach(each -> stages.add(StageFigures.none(each)));
    this.modelLayers = modelLayers;
    this.rowBytes = rowBytes;
  }

  /**
   * Takes note of a batch that has gone through all stages; one that not every stage tells of does
   * not count.
   *
   * @param generates whether it was a step of generation
   * @param tripNanos from when the first stage began it until its answer came
   */
  public synchronized void computed(
      int rows, boolean generates, long tripNanos, List<StageSpan> spans) {
    if (spans.size() != stages.size()) {
      return;
    }
    double[] networkNanos = network(tripNanos, spans);
    for (int stage = 0; stage < networkNanos.length; stage++) {
      StageSpan span = spans.get(stage);
      StageWork batch =
          new StageWork(
              1,
              rows,
              span.computeNanos() / NANOS,
              span.waitNanos() / NANOS,
              networkNanos[stage] / NANOS);
      StageFigures before = stages.get(stage);
      boolean last = before.layers().to() == modelLayers;
      long bytes = last ? 0 : (long) rows * rowBytes;
      stages.set(stage, before.plus(generates, batch, bytes, span.roundTripNanos() / NANOS));
    }
  }

  /** What each hop took: the time that no stage accounts for, divided like the round trips. */
  static double[] network(long tripNanos, List<StageSpan> spans) {
    long inside = spans.stream().mapToLong(StageSpan::totalNanos).sum();
    long roundTrips = spans.stream().mapToLong(StageSpan::roundTripNanos).sum();
    double between = Math.max(0, tripNanos - inside);
    return spans.stream()
        .mapToDouble(span ->
            between
                * (roundTrips == 0
                    ? 1.0 / spans.size()
                    : (double) span.roundTripNanos() / roundTrips))
        .toArray();
  }

  /** Takes note that the chain was broken for a while. */
  public synchronized void recovered(long pauseNanos) {
    recoveries++;
    lastPauseSeconds = pauseNanos / NANOS;
    pauseSeconds += lastPauseSeconds;
  }

  /** Takes note of tokens that were guessed ahead, and of how many were right. */
  public synchronized void drafted(int drafted, int accepted) {
    draftedTokens += drafted;
    acceptedTokens += accepted;
  }

  /** What was noted so far. */
  public synchronized ChainFigures figures() {
    return new ChainFigures(
        stages, recoveries, pauseSeconds, lastPauseSeconds, draftedTokens, acceptedTokens);
  }
}
