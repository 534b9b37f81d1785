package dev.flotilla.node.placement;

import dev.flotilla.gguf.LayerRange;
import dev.flotilla.tokens.NodeId;

/**
 * A stage after the first, and where it is.
 *
 * @param layers what it computes
 * @param memoryBytes what that takes
 * @param worker who hosts it
 */
record Seat(LayerRange layers, long memoryBytes, NodeId worker) {
  Seat at(NodeId other) {
    return new Seat(layers, memoryBytes, other);
  }
}
