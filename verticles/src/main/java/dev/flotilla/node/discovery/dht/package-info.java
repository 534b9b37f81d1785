/**
 * A node of the Mainline DHT (BEP 5, BEP 32), as far as a rendezvous needs one: look a key up,
 * announce a port under it, and answer others as every node must.
 *
 * <p>May use: the JDK. Every packet is hostile until parsed.
 */
@NullMarked
package dev.flotilla.node.discovery.dht;

import org.jspecify.annotations.NullMarked;
