package dev.flotilla.node.cluster;

import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.SwarmId;

/**
 * How a node takes part in its swarm's cluster.
 *
 * @param swarm which swarm
 * @param node this node
 * @param bindHost address that the cluster's server socket listens on
 * @param advertiseHost address that others reach it by
 * @param port of the server socket; 0 takes a free one
 * @param joinWaitMillis how long a node that knows of no other waits for one before it begins alone
 */
public record ClusterOptions(
    SwarmId swarm,
    NodeId node,
    String bindHost,
    String advertiseHost,
    int port,
    long joinWaitMillis) {

  /** The same at another address. */
  ClusterOptions at(String host, int fixedPort) {
    return new ClusterOptions(swarm, node, bindHost, host, fixedPort, joinWaitMillis);
  }

  /** Whether only one address of the machine is listened on. */
  boolean bindsOneAddress() {
    return !bindHost.equals("0.0.0.0") && !bindHost.equals("::");
  }
}
