/**
 * What a node lends to its swarm: memory and threads, in which it hosts stages of pipelines that
 * other nodes drive; and what every node knows of who lends what.
 *
 * <p>May use: {@code tokens}, {@code gguf}, {@code engine}, {@code engine.process}, {@code
 * sharding.store}, {@code node.auth}, {@code node.cluster}, {@code node.shard}, Vert.x core.
 */
@NullMarked
package dev.flotilla.node.lending;

import org.jspecify.annotations.NullMarked;
