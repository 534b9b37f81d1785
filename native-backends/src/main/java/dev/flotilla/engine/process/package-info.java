/**
 * What a node and its engine process say to each other, over the engine's standard input and
 * output: no port, no file, nothing to authenticate, and each sees at once when the other is gone.
 *
 * <p>May use: {@code engine}, {@code engine.metering}.
 */
@NullMarked
package dev.flotilla.engine.process;

import org.jspecify.annotations.NullMarked;
