/**
 * A model in several stages: the chain as its first stage drives it, the host of every other stage,
 * and what happens when one of them is lost.
 *
 * <p>May use: {@code engine}, {@code engine.metering}, {@code gguf}, {@code sharding.link}.
 */
@NullMarked
package dev.flotilla.sharding.chain;

import org.jspecify.annotations.NullMarked;
