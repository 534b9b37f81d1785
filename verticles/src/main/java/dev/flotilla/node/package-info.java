/**
 * The node: builds Vert.x, deploys its verticles, holds its options, supervises engine processes.
 *
 * <p>May use: every room but {@code cli}.
 */
@NullMarked
package dev.flotilla.node;

import org.jspecify.annotations.NullMarked;
