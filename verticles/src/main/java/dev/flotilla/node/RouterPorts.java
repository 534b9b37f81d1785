package dev.flotilla.node;

import dev.flotilla.node.cluster.SwarmCluster;
import dev.flotilla.node.upnp.PortMapper;
import dev.flotilla.node.upnp.PortMapping;
import dev.flotilla.node.upnp.PortMapping.Transport;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Which of a node's ports its router is to let through. */
final class RouterPorts {

  private RouterPorts() {}

  /**
   * Has the ports mapped that other nodes of the swarm come to, if the options ask for it; stages
   * have further ones, each its own. Does not wait.
   *
   * @param cluster whose event bus listens
   */
  static Optional<PortMapper> map(SwarmOptions options, SwarmCluster cluster, int linkPort) {
    if (!options.upnp()) {
      return Optional.empty();
    }
    List<PortMapping> ports = new ArrayList<>();
    for (int port : List.of(cluster.address().port(), cluster.busPort(), linkPort)) {
      ports.add(new PortMapping(Transport.TCP, port));
    }
    if (options.dht() && options.dhtPort() != 0) {
      ports.add(new PortMapping(Transport.UDP, options.dhtPort()));
    }
    return Optional.of(
        PortMapper.start(() -> OwnAddress.behindRouter(cluster.address().host()), ports));
  }
}
