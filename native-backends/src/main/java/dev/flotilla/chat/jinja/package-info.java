/**
 * A Jinja interpreter for chat templates: renders byte for byte what Python's jinja2 3.1 renders in
 * Hugging Face transformers' set-up (immutable sandbox, {@code trim_blocks}, {@code lstrip_blocks},
 * loop controls, the {@code generation} tag, plain {@code tojson}).
 *
 * <p>A template passes through {@link dev.flotilla.chat.jinja.Lexer}, {@link
 * dev.flotilla.chat.jinja.Parser} and {@link dev.flotilla.chat.jinja.Resolver} once, when it is
 * compiled; {@link dev.flotilla.chat.jinja.Interpreter} and {@link
 * dev.flotilla.chat.jinja.Evaluator} walk the immutable tree at each rendering. What Python does
 * with values is in the {@link dev.flotilla.chat.jinja.Value} types and {@link
 * dev.flotilla.chat.jinja.Operators}; filters, tests, methods and globals are one table each.
 *
 * <p>The tree is walked by visitors rather than pattern switches, and regular expressions and
 * lambdas are avoided: their first use costs a cold JVM more than a whole rendering may take.
 *
 * <p>May use: the JDK.
 */
@NullMarked
package dev.flotilla.chat.jinja;

import org.jspecify.annotations.NullMarked;
