/**
 * Replica directory, routing policies, request journal, failover.
 *
 * <p>May use: {@code sharding}.
 */
@NullMarked
package dev.flotilla.federation;

import org.jspecify.annotations.NullMarked;
