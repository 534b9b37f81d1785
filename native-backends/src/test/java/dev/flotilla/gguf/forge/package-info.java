/**
 * Forges models of any shape with random weights, for tests and benchmarks.
 *
 * <p>May use: {@code gguf}.
 */
@NullMarked
package dev.flotilla.gguf.forge;

import org.jspecify.annotations.NullMarked;
