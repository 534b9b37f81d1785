/**
 * How many pipelines of which models there should be, and whether to move them: pure functions of
 * what was observed, called by the leader.
 *
 * <p>May use: the JDK. No clock, no I/O.
 */
@NullMarked
package dev.flotilla.federation.scaling;

import org.jspecify.annotations.NullMarked;
