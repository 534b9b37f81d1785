/**
 * An engine with set speeds and deterministic tokens, for tests of what stands above an engine and
 * for simulations of swarms that no one machine could host.
 *
 * <p>May use: {@code engine}.
 */
@NullMarked
package dev.flotilla.engine.simulated;

import org.jspecify.annotations.NullMarked;
