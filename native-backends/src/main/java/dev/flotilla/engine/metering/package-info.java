/**
 * Where the time goes in a chain of stages: each stage measures itself, with its own clock.
 *
 * <p>May use: {@code gguf}.
 */
@NullMarked
package dev.flotilla.engine.metering;

import org.jspecify.annotations.NullMarked;
