/**
 * Hosts stages: starts engine processes, watches and restarts them, and offers each as a {@link
 * dev.flotilla.sharding.Pipeline}.
 *
 * <p>May use: {@code sharding}, {@code engine}, {@code engine.process}, Vert.x core, Mutiny. Never
 * loads native code.
 */
@NullMarked
package dev.flotilla.node.shard;

import org.jspecify.annotations.NullMarked;
