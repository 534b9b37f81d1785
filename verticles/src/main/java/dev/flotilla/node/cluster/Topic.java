package dev.flotilla.node.cluster;

import dev.flotilla.tokens.Permission;

/**
 * An address of the event bus to which messages are published for every member.
 *
 * @param <M> the type of its messages
 * @param address its name
 * @param permission what a sender must be permitted
 * @param codec how messages travel
 */
public record Topic<M>(String address, Permission permission, WireCodec<M> codec) {}
