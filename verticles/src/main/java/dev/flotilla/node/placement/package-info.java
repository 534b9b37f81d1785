/**
 * Where the stages of this node's pipelines are: planned, asked of workers, replaced when they are
 * lost.
 *
 * <p>May use: {@code tokens}, {@code gguf}, {@code engine}, {@code engine.process}, {@code
 * sharding}, {@code sharding.plan}, {@code sharding.store}, {@code node.auth}, {@code
 * node.lending}, {@code node.shard}, Vert.x core.
 */
@NullMarked
package dev.flotilla.node.placement;

import org.jspecify.annotations.NullMarked;
