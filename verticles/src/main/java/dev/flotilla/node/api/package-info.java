/**
 * The OpenAI-compatible HTTP API: {@link dev.flotilla.node.api.HttpApiVerticle} and what it wires.
 *
 * <p>A request flows from {@code ApiRouter} (keys, CORS, ids) through {@code BodyReader} and {@code
 * Json} to a route class, whose request record becomes sessions of a {@link
 * dev.flotilla.sharding.Pipeline}; {@code Sessions} runs them into a {@code StreamedAnswer} or a
 * {@code CollectedAnswer}. Failures of every family become HTTP in {@code ApiError} and nowhere
 * else.
 *
 * <p>May use: {@code sharding}, {@code engine}, {@code chat}, Vert.x Web, Mutiny, Prometheus
 * metrics.
 */
@NullMarked
package dev.flotilla.node.api;

import org.jspecify.annotations.NullMarked;
