/**
 * The command line: the only reader of flags and environment. Commands parse and print; what they
 * do is in the rooms below.
 *
 * <p>May use: {@code node}, picocli, JLine.
 */
@NullMarked
package dev.flotilla.cli;

import org.jspecify.annotations.NullMarked;
