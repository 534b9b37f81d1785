package dev.flotilla.sharding;

/**
 * Who serves a session.
 *
 * @param nodeId the node it was admitted on: 64 lower-case hexadecimal digits
 * @param attempts how many replicas it was sent to so far, this one included
 */
public record ServedBy(String nodeId, int attempts) {}
