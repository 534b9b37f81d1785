package dev.flotilla.node.federation;

import io.vertx.core.http.HttpClient;
import io.vertx.core.net.SocketAddress;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/** The members of the swarm, as far as their replicas matter. Any thread; cheap. */
public interface Neighbours {

  /** This node's id. */
  String own();

  /** Ids of the members now, this node's included. */
  Set<String> members();

  /** What people call a member; its id where that is unknown. */
  String name(String nodeId);

  /** Where a member's link port is reached; empty while unknown. */
  Optional<SocketAddress> link(String nodeId);

  /** An HTTP client that trusts this member alone. */
  HttpClient client(String nodeId);

  /** Another for sessions alone, used from the event loop that serves clients. */
  HttpClient sessionClient(String nodeId);

  /** The measured time of a message to a member and back; empty while unknown. */
  OptionalDouble roundTripMillis(String nodeId);

  /** Calls back when members come or go, on any thread, which must not be blocked. */
  void onChange(Runnable listener);
}
