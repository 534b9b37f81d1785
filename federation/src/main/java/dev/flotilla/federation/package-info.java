/**
 * Which replicas there are, which of them gets a request, and how an answer survives the loss of
 * the one that was giving it. Routing is pure: {@link dev.flotilla.federation.RoutingPolicy} over
 * immutable views; what waits, retries and resumes stands above it.
 *
 * <p>May use: {@code sharding}, {@code engine}, {@code engine.process}, Vert.x core, Mutiny.
 */
@NullMarked
package dev.flotilla.federation;

import org.jspecify.annotations.NullMarked;
