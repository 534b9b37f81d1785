/**
 * Length-prefixed binary frames and the engine's records in them, for pipes and for links.
 *
 * <p>May use: {@code engine}, {@code engine.metering}.
 */
@NullMarked
package dev.flotilla.engine.wire;

import org.jspecify.annotations.NullMarked;
