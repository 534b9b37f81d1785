/**
 * Pipelines and sessions: open, prefill, decode, trim, resume, close.
 *
 * <p>May use: {@code engine}, Vert.x core, Mutiny.
 */
@NullMarked
package dev.flotilla.sharding;

import org.jspecify.annotations.NullMarked;
