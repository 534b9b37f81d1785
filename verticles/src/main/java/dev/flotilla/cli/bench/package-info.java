/**
 * Measures OpenAI-compatible servers from the outside, one alone or two in turn.
 *
 * <p>May use: {@code cli.http}, Vert.x core's JSON.
 */
@NullMarked
package dev.flotilla.cli.bench;

import org.jspecify.annotations.NullMarked;
