/**
 * What an engine is: load a stage, run a batch, sample; batching, slots, prefix reuse.
 *
 * <p>May use: {@code engine.metering}, {@code gguf}.
 */
@NullMarked
package dev.flotilla.engine;

import org.jspecify.annotations.NullMarked;
