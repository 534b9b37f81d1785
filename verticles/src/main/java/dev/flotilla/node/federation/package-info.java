/**
 * A node's part in federated serving: tells the swarm what it serves, serves it to gateways, and,
 * where it is one, offers its clients whatever the swarm serves. Decisions are {@code
 * dev.flotilla.federation}'s; here they meet the event bus, the links' port and the clock.
 *
 * <p>May use: {@code federation}, {@code federation.link}, {@code sharding}, {@code engine}, {@code
 * chat}, {@code gguf}, {@code tokens}, {@code node.api}, {@code node.auth}, {@code node.cluster},
 * Vert.x core.
 */
@NullMarked
package dev.flotilla.node.federation;

import org.jspecify.annotations.NullMarked;
