package dev.flotilla.node.topology;

import dev.flotilla.engine.ComputeDevices;
import dev.flotilla.sharding.plan.LayerCost;
import dev.flotilla.sharding.plan.PowerSource;
import java.util.List;
import java.util.Map;

/**
 * What a node says of itself and of the ways to it.
 *
 * @param totalBytes memory of the machine
 * @param availableBytes what nothing uses at the moment
 * @param lentBytes what it lends to the swarm's models, taken or not
 * @param lendableBytes what of that no stage takes
 * @param cores processor cores
 * @param platform operating system and architecture
 * @param devices what its engines have found to compute with; unknown until one has started
 * @param diskBytes room for slices of models
 * @param power what it runs on
 * @param labels what its owner says about it
 * @param layerCosts measured speeds, by {@link dev.flotilla.sharding.plan.ModelShape#costKey}
 * @param models that it has files of, and may drive or drives pipelines of
 * @param ways to this node from others
 */
public record NodeReport(
    long totalBytes,
    long availableBytes,
    long lentBytes,
    long lendableBytes,
    int cores,
    String platform,
    ComputeDevices devices,
    long diskBytes,
    PowerSource power,
    Map<String, String> labels,
    Map<String, LayerCost> layerCosts,
    List<ModelOffer> models,
    List<Way> ways) {
  /** The most of each that a report has. */
  public static final int MAX_LABELS = 32;

  public static final int MAX_COSTS = 64;

  public static final int MAX_MODELS = 256;

  public static final int MAX_WAYS = 1024;

  public static final int MAX_CPU_FEATURES = 64;

  public static final int MAX_GPUS = 64;

  /** The longest name of a thing. */
  public static final int MAX_TEXT = 128;

  public NodeReport {
    labels = Map.copyOf(labels);
    layerCosts = Map.copyOf(layerCosts);
    models = List.copyOf(models);
    ways = List.copyOf(ways);
  }

  /**
   * How messages come from another node.
   *
   * @param fromNode its id
   * @param roundTripMillis there and back
   * @param bytesPerSecond towards this node; 0 while it is not measured
   * @param heldUp share of questions that came to nothing or took as long as where packets were
   *     lost
   * @param samples measurements that this rests on
   * @param ageSeconds since the last
   */
  public record Way(
      String fromNode,
      double roundTripMillis,
      double bytesPerSecond,
      double heldUp,
      int samples,
      double ageSeconds) {}
}
