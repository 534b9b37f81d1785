/**
 * The way from a gateway to a head: sessions, calls and questions for the load over HTTP/2. What
 * goes over it are the commands and reports that a head exchanges with its engine.
 *
 * <p>May use: {@code federation}, {@code sharding}, {@code engine}, {@code engine.process}, Vert.x
 * core, Mutiny.
 */
@NullMarked
package dev.flotilla.federation.link;

import org.jspecify.annotations.NullMarked;
