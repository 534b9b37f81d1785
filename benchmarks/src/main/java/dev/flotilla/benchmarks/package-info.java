/**
 * Measurements that back the figures in the documentation; nothing here is shipped.
 *
 * <p>May use: everything.
 */
@NullMarked
package dev.flotilla.benchmarks;

import org.jspecify.annotations.NullMarked;
