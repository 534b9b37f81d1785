/**
 * A conversation in the terminal with any OpenAI-compatible server.
 *
 * <p>May use: {@code cli.http}, JLine, Vert.x core's JSON.
 */
@NullMarked
package dev.flotilla.cli.chat;

import org.jspecify.annotations.NullMarked;
