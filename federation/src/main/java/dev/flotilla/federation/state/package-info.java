/**
 * What the swarm has decided, as a replicated log of events: {@link
 * dev.flotilla.federation.state.SwarmState} and the pure functions over it, and {@link
 * dev.flotilla.federation.state.HistoryKeeper}, the protocol by which nodes agree on one history.
 *
 * <p>May use: the JDK. No I/O but {@link dev.flotilla.federation.state.StateFile}, no clock, no
 * threads.
 */
@NullMarked
package dev.flotilla.federation.state;

import org.jspecify.annotations.NullMarked;
