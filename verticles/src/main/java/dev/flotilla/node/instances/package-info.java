/**
 * Pipelines that the swarm decides on: planned and asked for by any node, set up and taken down by
 * the node that is their head.
 *
 * <p>May use: {@code tokens}, {@code sharding}, {@code sharding.plan}, {@code federation}, {@code
 * federation.scaling}, {@code federation.state}, {@code node.auth}, {@code node.lending}, {@code
 * node.placement}, {@code node.topology}, Vert.x core.
 */
@NullMarked
package dev.flotilla.node.instances;

import org.jspecify.annotations.NullMarked;
