/**
 * Asks the router of the local network to let the swarm's ports through: a control point of UPnP's
 * Internet Gateway Device (UPnP Forum, WANIPConnection:1 and :2, WANPPPConnection:1; SSDP as in
 * UPnP Device Architecture 1.0). Everything that a device on the network says is bounded and
 * checked.
 *
 * <p>May use: {@code node.discovery} (to repeat), the JDK with its XML.
 */
@NullMarked
package dev.flotilla.node.upnp;

import org.jspecify.annotations.NullMarked;
