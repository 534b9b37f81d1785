package dev.flotilla.node;

import dev.flotilla.node.cluster.SharedMap;
import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.PeerAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says plainly what a firewall or a wrong address does: which members, and which machines that were
 * found, this node can't reach, and who of the others can't reach this node. Each is said once,
 * until it is over. One thread.
 */
final class Reachability {
  private static final Logger log = LoggerFactory.getLogger(Reachability.class);
  private static final int CONNECT_MILLIS = 3_000;
  private static final String BETWEEN = ">";

  private final NodeId own;
  private final SharedMap complaints;
  private final Knock knock;
  private final Set<String> said = new HashSet<>();

  /** Tries whether a port takes connections. */
  interface Knock {
    /** Connects and closes. */
    void at(PeerAddress port) throws IOException;
  }

  /**
   * @param complaints what members say of ports that they can't reach, shared by all
   */
  Reachability(NodeId own, SharedMap complaints) {
    this(own, complaints, Reachability::connect);
  }

  Reachability(NodeId own, SharedMap complaints, Knock knock) {
    this.own = own;
    this.complaints = complaints;
    this.knock = knock;
  }

  private static void connect(PeerAddress port) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(port.host(), port.port()), CONNECT_MILLIS);
    }
  }

  /**
   * Tries everybody. Blocks for seconds.
   *
   * @param members this node may be among them
   * @param found where members may be
   */
  void check(Collection<NodeCard> members, Collection<PeerAddress> found) {
    Map<String, String> problems = new HashMap<>();
    Set<PeerAddress> known = new HashSet<>();
    for (NodeCard member : members) {
      known.add(member.cluster());
      if (!member.id().equals(own)) {
        complain(member).ifPresent(problem -> problems.put(member.id().hex(), problem));
      }
    }
    for (PeerAddress candidate : found) {
      if (!known.contains(candidate)) {
        problemAt(candidate)
            .ifPresent(problem ->
                problems.put(
                    candidate.toString(),
                    "%s was found, but can't be reached (%s): is a node running there, and does a firewall let its port through?"
                        .formatted(candidate, problem)));
      }
    }
    addComplaints(members, problems);
    say(problems);
  }

  private Optional<String> complain(NodeCard member) {
    String key = own + BETWEEN + member.id();
    for (PeerAddress port : List.of(member.cluster(), member.link())) {
      Optional<String> problem = problemAt(port);
      if (problem.isPresent()) {
        complaints.put(key, port + " (" + problem.get() + ")");
        return Optional.of(
            "node %s is a member, but can't be reached from here at %s (%s)"
                .formatted(member.name(), port, problem.get()));
      }
    }
    if (complaints.get(key).isPresent()) {
      complaints.remove(key);
    }
    return Optional.empty();
  }

  private void addComplaints(Collection<NodeCard> members, Map<String, String> problems) {
    for (NodeCard member : members) {
      String key = member.id() + BETWEEN + own;
      complaints
          .get(key)
          .ifPresent(where ->
              problems.put(
                  key,
                  "node %s can't reach this node at %s: let the port through the firewall, or give this node another address with --advertise"
                      .formatted(member.name(), where)));
    }
  }

  private Optional<String> problemAt(PeerAddress port) {
    try {
      knock.at(port);
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private void say(Map<String, String> problems) {
    problems.forEach((key, problem) -> {
      if (said.add(key)) {
        log.warn("{}", problem);
      }
    });
    said.retainAll(problems.keySet());
  }

  /** What is known to be wrong now. */
  Set<String> problems() {
    return Set.copyOf(said);
  }
}
