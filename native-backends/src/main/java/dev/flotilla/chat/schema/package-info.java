/**
 * JSON Schema to GBNF, llama.cpp's grammar notation: a schema is parsed into {@link
 * dev.flotilla.chat.schema.Schema}, from which {@link dev.flotilla.chat.schema.JsonGrammar} writes
 * rules that only matching JSON satisfies.
 *
 * <p>May use: the JDK, {@code chat}.
 */
@NullMarked
package dev.flotilla.chat.schema;

import org.jspecify.annotations.NullMarked;
