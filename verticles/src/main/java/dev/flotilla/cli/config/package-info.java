/**
 * The one table of settings and the ways to give them: flags, environment, file, default.
 *
 * <p>May use: {@code node} (its options), {@code engine} (its options), picocli, snakeyaml-engine.
 */
@NullMarked
package dev.flotilla.cli.config;

import org.jspecify.annotations.NullMarked;
