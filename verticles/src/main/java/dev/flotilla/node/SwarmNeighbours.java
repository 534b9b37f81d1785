package dev.flotilla.node;

import dev.flotilla.node.federation.Neighbours;
import dev.flotilla.tokens.NodeId;
import io.vertx.core.http.HttpClient;
import io.vertx.core.net.SocketAddress;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;

/** A {@link Swarm} as federated serving sees it. */
final class SwarmNeighbours implements Neighbours {
  private final Swarm swarm;

  SwarmNeighbours(Swarm swarm) {
    this.swarm = swarm;
  }

  @Override
  public String own() {
    return swarm.id().hex();
  }

  @Override
  public Set<String> members() {
    return swarm.cluster().members().stream()
        .filter(member -> !swarm.credentials().trust().revoked(member))
        .map(NodeId::hex)
        .collect(Collectors.toSet());
  }

  @Override
  public String name(String nodeId) {
    return swarm.card(new NodeId(nodeId)).map(NodeCard::name).orElse(nodeId);
  }

  /** Whether people call a node so: by its name, or the beginning of its id. */
  boolean isCalled(String nodeId, String wanted) {
    return nodeId.startsWith(wanted) || name(nodeId).equals(wanted);
  }

  @Override
  public Optional<SocketAddress> link(String nodeId) {
    return swarm
        .card(new NodeId(nodeId))
        .map(card -> SocketAddress.inetSocketAddress(card.link().port(), card.link().host()));
  }

  @Override
  public HttpClient client(String nodeId) {
    return swarm.peers().clientOf(new NodeId(nodeId));
  }

  @Override
  public HttpClient sessionClient(String nodeId) {
    return swarm.peers().sessionClientOf(new NodeId(nodeId));
  }

  @Override
  public OptionalDouble roundTripMillis(String nodeId) {
    return swarm.roundTripMillis(new NodeId(nodeId));
  }

  @Override
  public void onChange(Runnable listener) {
    swarm.cluster().onMembershipChange(listener);
  }
}
