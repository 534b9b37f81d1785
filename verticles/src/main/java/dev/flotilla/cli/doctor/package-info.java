/**
 * What a node needs, checked one thing at a time, each with how to mend it.
 *
 * <p>May use: {@code node} (its options), {@code gguf}, {@code engine.llama}'s library files.
 */
@NullMarked
package dev.flotilla.cli.doctor;

import org.jspecify.annotations.NullMarked;
