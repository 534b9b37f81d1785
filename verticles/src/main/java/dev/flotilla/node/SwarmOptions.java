package dev.flotilla.node;

import dev.flotilla.node.topology.NodeReport;
import dev.flotilla.tokens.PeerAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a node takes part in a swarm.
 *
 * @param credential a swarm token or an invite; empty takes what the state folder keeps, or makes a
 *     new swarm. Never shown by {@link #toString()}
 * @param name what people call this node, 1 to 64 printable characters
 * @param bindHost address that the swarm's ports listen on
 * @param advertiseHost address that others reach them by; empty takes {@code bindHost}, or the
 *     machine's own where that is a wildcard
 * @param clusterPort port of the cluster
 * @param busPort port of the event bus
 * @param linkPort port of links
 * @param peers cluster addresses of other nodes
 * @param mdns whether nodes are looked for on the local network
 * @param dht whether nodes are looked for in the Mainline DHT
 * @param dhtPort UDP port of the DHT; 0 takes a free one
 * @param dhtBootstrap where the DHT is entered
 * @param upnp whether the network's router is asked to let the swarm's ports through
 * @param halfDecides whether exactly half of the voters may decide, with the least id among them
 * @param labels what the owner says about this node, by name
 */
public record SwarmOptions(
    Optional<String> credential,
    String name,
    String bindHost,
    Optional<String> advertiseHost,
    SwarmPort clusterPort,
    SwarmPort busPort,
    SwarmPort linkPort,
    List<PeerAddress> peers,
    boolean mdns,
    boolean dht,
    int dhtPort,
    List<PeerAddress> dhtBootstrap,
    boolean upnp,
    boolean halfDecides,
    Map<String, String> labels) {
  private static final int MAX_NAME_CHARS = 64;
  private static final int MAX_PORT = 65_535;

  public SwarmOptions {
    peers = List.copyOf(peers);
    dhtBootstrap = List.copyOf(dhtBootstrap);
    labels = Map.copyOf(labels);
    NodeOptions.require(
        labels.size() <= NodeReport.MAX_LABELS,
        "label",
        "a node has up to " + NodeReport.MAX_LABELS + " labels");
    NodeOptions.require(
        !name.isBlank()
            && name.length() <= MAX_NAME_CHARS
            && name.chars().noneMatch(Character::isISOControl),
        "name",
        "a node's name has 1 to " + MAX_NAME_CHARS + " printable characters");
    requirePort("cluster-port", clusterPort.number());
    requirePort("bus-port", busPort.number());
    requirePort("link-port", linkPort.number());
    requirePort("dht-port", dhtPort);
  }

  private static void requirePort(String option, int port) {
    NodeOptions.require(
        port >= 0 && port <= MAX_PORT, option, port + " is not a port (0 to 65535)");
  }

  @Override
  public String toString() {
    return "SwarmOptions[name=%s, bindHost=%s, advertiseHost=%s, peers=%s, mdns=%s, dht=%s]"
        .formatted(name, bindHost, advertiseHost, peers, mdns, dht);
  }
}
