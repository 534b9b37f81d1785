/**
 * What the swarm's machines are and how far they are from each other: each node looks at itself,
 * measures the ways to it, and tells the others.
 *
 * <p>May use: {@code sharding.plan}, {@code node.cluster}, {@code node.auth}, {@code node.lending},
 * {@code node.shard}, {@code tokens}, Vert.x.
 */
@NullMarked
package dev.flotilla.node.topology;

import org.jspecify.annotations.NullMarked;
