/**
 * The inside of an engine process: loads one stage and serves it to its node over standard input
 * and output.
 *
 * <p>The one place that runs native code in production. May use: {@code engine.llama}, {@code
 * engine.process}.
 */
@NullMarked
package dev.flotilla.node.worker;

import org.jspecify.annotations.NullMarked;
