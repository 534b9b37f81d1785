/**
 * Tool calls: what a model is told of its tools, the grammar of calls that it must make, and the
 * calls in what it says. Pure functions of text; JSON is as in {@link
 * dev.flotilla.chat.ChatPrompt}.
 *
 * <p>May use: the JDK, {@code chat}, {@code chat.schema}.
 */
@NullMarked
package dev.flotilla.chat.tools;

import org.jspecify.annotations.NullMarked;
