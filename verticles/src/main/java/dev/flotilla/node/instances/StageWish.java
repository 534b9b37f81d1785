package dev.flotilla.node.instances;

/**
 * A stage that somebody has planned: layers {@code [from, to)} on a node.
 *
 * @param nodeId as it was written
 */
public record StageWish(String nodeId, int from, int to) {}
