/**
 * Reads GGUF model files, describes and checks them, and cuts them into layer ranges.
 *
 * <p>Everything in a file is hostile until parsed. May use: the JDK.
 */
@NullMarked
package dev.flotilla.gguf;

import org.jspecify.annotations.NullMarked;
