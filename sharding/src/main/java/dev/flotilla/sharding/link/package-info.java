/**
 * Links between the stages of a pipeline: direct TCP connections, under mutual TLS between
 * machines, that carry binary frames. An engine process opens them itself, so that activations
 * never pass through a node.
 *
 * <p>May use: {@code engine}, {@code engine.metering}, {@code engine.wire}, {@code gguf}.
 */
@NullMarked
package dev.flotilla.sharding.link;

import org.jspecify.annotations.NullMarked;
