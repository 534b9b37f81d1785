package dev.flotilla.node;

import dev.flotilla.node.auth.Credentials;
import dev.flotilla.node.cluster.Call;
import dev.flotilla.node.cluster.SharedMap;
import dev.flotilla.node.cluster.SwarmBus;
import dev.flotilla.node.cluster.SwarmCluster;
import dev.flotilla.node.cluster.TextCodec;
import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.NodeRole;
import dev.flotilla.tokens.PeerAddress;
import dev.flotilla.tokens.Permission;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Who is in the swarm, as the nodes tell it of themselves, and how far away each is. */
final class NodeDirectory {
  private static final String NODES = "flotilla.nodes";
  private static final long CALL_MILLIS = 5_000;
  private static final long PING_MILLIS = 5_000;
  private static final long INTRODUCE_MILLIS = 1_000;
  private static final double KEPT_OF_OLD_ROUND_TRIP = 0.7;

  private static final Call<String, String> PING =
      new Call<>(
          "flotilla.ping", Permission.JOIN, new TextCodec(16), new TextCodec(16), CALL_MILLIS);

  /**
   * Has a member tell again who it is: who joins while it says so may miss it for half a minute.
   */
  private static final Call<String, String> INTRODUCE =
      new Call<>(
          "flotilla.introduce", Permission.JOIN, new TextCodec(0), new TextCodec(0), CALL_MILLIS);

  /** What this node says of itself as long as it runs. */
  record Own(String name, Instant since, int linkPort) {}

  private final Own own;
  private final Credentials credentials;
  private final SwarmCluster cluster;
  private final SwarmBus bus;
  private final SharedMap nodes;
  private final Map<NodeId, Double> roundTrips = new ConcurrentHashMap<>();
  private volatile String api = "";
  private volatile String version = "";
  private volatile long lent;
  private volatile Optional<NodeCard> ownCard = Optional.empty();

  NodeDirectory(Own own, Credentials credentials, SwarmCluster cluster, SwarmBus bus, Vertx vertx) {
    this.own = own;
    this.credentials = credentials;
    this.cluster = cluster;
    this.bus = bus;
    this.nodes = cluster.sharedMap(NODES);
    var _ = bus.serve(PING, (_, question) -> Future.succeededFuture(question));
    var _ = bus.serve(INTRODUCE, (_, _) -> vertx.executeBlocking(this::publishAgain));
    vertx.setPeriodic(PING_MILLIS, _ -> measureRoundTrips());
    vertx.setPeriodic(INTRODUCE_MILLIS, _ -> askUnknown());
  }

  /** Tells the others where this node's API is. */
  void announceApi(String url, String ownVersion, long lentBytes) {
    api = url;
    lent = lentBytes;
    version = ownVersion;
    publish();
  }

  /** Tells the others of this node; nothing before it has an API. */
  void publish() {
    if (version.isEmpty()) {
      return;
    }
    PeerAddress address = cluster.address();
    NodeCard card =
        new NodeCard(
            credentials.id(),
            own.name(),
            credentials.role(),
            version,
            own.since(),
            address,
            new PeerAddress(address.host(), own.linkPort()),
            api,
            lent);
    ownCard = Optional.of(card);
    nodes.put(card.id().hex(), card.encode());
  }

  private String publishAgain() {
    publish();
    return "";
  }

  private void askUnknown() {
    cluster.members().stream()
        .filter(member -> card(member).isEmpty() && !member.equals(credentials.id()))
        .forEach(member -> {
          // Asked again while it stays unknown.
          var _ = bus.request(INTRODUCE, member, "");
        });
  }

  /** The members now, this node included, the oldest first. Cheap. */
  List<NodeCard> cards() {
    List<NodeCard> cards = new ArrayList<>();
    for (NodeId member : cluster.members()) {
      // Who was thrown out goes on alone, and is its own swarm.
      if (member.equals(credentials.id()) || !credentials.trust().revoked(member)) {
        card(member).ifPresent(cards::add);
      }
    }
    return cards;
  }

  /** What a node says of itself; empty while unknown. Cheap. */
  Optional<NodeCard> card(NodeId node) {
    // Of itself a node need not hear from the cluster, where its own words may be lost for a while.
    return node.equals(credentials.id())
        ? ownCard
        : nodes.get(node.hex()).flatMap(NodeCard::decode);
  }

  /** Those of {@link #cards} that hold the token. */
  List<NodeCard> fullNodes() {
    return cards().stream().filter(card -> card.role() == NodeRole.FULL).toList();
  }

  /** All nodes that are or were members. */
  Set<NodeId> everMembers() {
    Set<NodeId> members = new HashSet<>(cluster.members());
    nodes.entries().keySet().forEach(id -> members.add(new NodeId(id)));
    return members;
  }

  /** The time of a message to another member and back, smoothed; empty while unknown. */
  OptionalDouble roundTripMillis(NodeId member) {
    Double millis = roundTrips.get(member);
    return millis == null ? OptionalDouble.empty() : OptionalDouble.of(millis);
  }

  private void measureRoundTrips() {
    List<NodeId> members = cluster.members();
    roundTrips.keySet().retainAll(members);
    members.stream().filter(member -> !member.equals(credentials.id())).forEach(this::measure);
  }

  private void measure(NodeId member) {
    long began = System.nanoTime();
    var _ =
        bus.request(PING, member, "")
            .onSuccess(_ ->
                roundTrips.merge(
                    member, (System.nanoTime() - began) / 1e6, NodeDirectory::smoothed))
            .onFailure(_ -> roundTrips.remove(member));
  }

  private static double smoothed(double before, double now) {
    return KEPT_OF_OLD_ROUND_TRIP * before + (1 - KEPT_OF_OLD_ROUND_TRIP) * now;
  }
}
