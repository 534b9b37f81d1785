package dev.flotilla.node.cluster;

import dev.flotilla.tokens.Permission;

/**
 * An address of the event bus at which every member answers requests.
 *
 * @param <Q> the type of requests
 * @param <A> the type of answers
 * @param address its name
 * @param permission what a sender must be permitted
 * @param questions how requests travel
 * @param answers how answers travel
 * @param timeoutMillis how long an answer is waited for
 */
public record Call<Q, A>(
    String address,
    Permission permission,
    WireCodec<Q> questions,
    WireCodec<A> answers,
    long timeoutMillis) {}
