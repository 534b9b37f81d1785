package dev.flotilla.node.upstream;

/**
 * How an upstream is.
 *
 * @param name what it is called
 * @param isUp whether it tells its models
 * @param models how many it serves
 * @param running requests of this node that it works on
 */
public record UpstreamStatus(String name, boolean isUp, int models, int running) {}
