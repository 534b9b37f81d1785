/**
 * Chat templates, tool-call formats, JSON schema to grammar.
 *
 * <p>May use: the JDK.
 */
@NullMarked
package dev.flotilla.chat;

import org.jspecify.annotations.NullMarked;
