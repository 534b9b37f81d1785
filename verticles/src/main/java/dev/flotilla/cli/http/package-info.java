/**
 * HTTP as the commands need it that talk to a server: event streams and small JSON calls.
 *
 * <p>May use: the JDK, Vert.x core's JSON.
 */
@NullMarked
package dev.flotilla.cli.http;

import org.jspecify.annotations.NullMarked;
