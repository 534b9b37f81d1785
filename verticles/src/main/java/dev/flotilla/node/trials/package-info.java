/**
 * How fast this node would compute models of its swarm that it has never run: layers like theirs,
 * but without their weights, are tried for a moment.
 *
 * <p>May use: {@code gguf}, {@code engine}, {@code engine.metering}, {@code engine.process}, {@code
 * sharding.plan}, {@code node.auth}, {@code node.lending}, {@code node.shard}, {@code
 * node.topology}, {@code tokens}, Vert.x core.
 */
@NullMarked
package dev.flotilla.node.trials;

import org.jspecify.annotations.NullMarked;
