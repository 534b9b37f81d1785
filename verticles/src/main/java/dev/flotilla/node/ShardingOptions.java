package dev.flotilla.node;

import dev.flotilla.node.lending.Lending;
import dev.flotilla.sharding.link.ActivationType;
import dev.flotilla.sharding.plan.ShardSetting;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How a node runs models over several machines.
 *
 * @param setting into how many stages its own models are cut
 * @param uncertified whether architectures are cut that no test has certified
 * @param activations how hidden states travel between stages
 * @param sliceFolder where slices of models are kept
 * @param sliceBytes the most that they take there
 * @param lending what it lends to others' models; empty for nothing
 */
public record ShardingOptions(
    ShardSetting setting,
    boolean uncertified,
    ActivationType activations,
    Path sliceFolder,
    long sliceBytes,
    Optional<Lending> lending) {
  public ShardingOptions {
    NodeOptions.require(
        sliceBytes > 0, "cache-size", "the cache needs some room, not " + sliceBytes + " bytes");
  }
}
