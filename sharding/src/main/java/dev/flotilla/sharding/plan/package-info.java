/**
 * Which layers of a model go on which nodes: pure functions from a measured topology, a model's
 * shape and constraints to ranked plans. {@link dev.flotilla.sharding.plan.Planner} is the entry.
 *
 * <p>May use: {@code gguf}. No I/O, no clock, no Vert.x.
 */
@NullMarked
package dev.flotilla.sharding.plan;

import org.jspecify.annotations.NullMarked;
