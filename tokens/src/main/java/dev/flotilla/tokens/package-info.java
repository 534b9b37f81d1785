/**
 * Swarm token, node identity, swarm CA, certificates, invites, revocation, TLS options.
 *
 * <p>May use: the JDK and BouncyCastle.
 */
@NullMarked
package dev.flotilla.tokens;

import org.jspecify.annotations.NullMarked;
