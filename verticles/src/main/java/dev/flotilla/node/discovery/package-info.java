/**
 * Finds nodes that may belong to the swarm: peers named by the user, peers remembered from last
 * time, mDNS on the local network, and a rendezvous in the Mainline DHT. What is found is a
 * candidate only; who belongs is for the handshake to say.
 *
 * <p>May use: {@code tokens}, JmDNS.
 */
@NullMarked
package dev.flotilla.node.discovery;

import org.jspecify.annotations.NullMarked;
