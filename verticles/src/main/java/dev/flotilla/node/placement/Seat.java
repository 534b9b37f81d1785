package dev.flotilla.node.placement;

import dev.flotilla.gguf.LayerRange;
import dev.flotilla.tokens.NodeId;

/**
 * A stage, and where it is.
 *
 * @param layers what it computes
 * @param memoryBytes what that takes
 * @param worker who hosts it
 */
public record Seat(LayerRange layers, long memoryBytes, NodeId worker) {
  /** The same elsewhere. */
  Seat at(NodeId other) {
    return new Seat(layers, memoryBytes, other);
  }
}
