/**
 * This node's part in deciding for the swarm: drives {@link
 * dev.flotilla.federation.state.HistoryKeeper} with time, messages, the shared log and the disk.
 *
 * <p>May use: {@code federation.state}, {@code node.cluster}, {@code tokens}, Vert.x.
 */
@NullMarked
package dev.flotilla.node.state;

import org.jspecify.annotations.NullMarked;
