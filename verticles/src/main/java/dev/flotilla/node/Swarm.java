package dev.flotilla.node;

import dev.flotilla.node.auth.AuditLog;
import dev.flotilla.node.auth.Credentials;
import dev.flotilla.node.auth.EnrolmentDesk;
import dev.flotilla.node.auth.Newcomer;
import dev.flotilla.node.auth.PeerPlane;
import dev.flotilla.node.auth.SwarmTls;
import dev.flotilla.node.cluster.BusException;
import dev.flotilla.node.cluster.BusFailure;
import dev.flotilla.node.cluster.Call;
import dev.flotilla.node.cluster.ClusterOptions;
import dev.flotilla.node.cluster.Rendezvous;
import dev.flotilla.node.cluster.SharedMap;
import dev.flotilla.node.cluster.SwarmBus;
import dev.flotilla.node.cluster.SwarmCluster;
import dev.flotilla.node.cluster.TextCodec;
import dev.flotilla.node.discovery.DhtPeers;
import dev.flotilla.node.discovery.Discovery;
import dev.flotilla.node.discovery.MdnsPeers;
import dev.flotilla.node.discovery.PeerSource;
import dev.flotilla.node.discovery.RememberedPeers;
import dev.flotilla.node.discovery.RendezvousKeys;
import dev.flotilla.node.discovery.StaticPeers;
import dev.flotilla.tokens.Hex;
import dev.flotilla.tokens.Invite;
import dev.flotilla.tokens.InviteClaims;
import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.NodeRole;
import dev.flotilla.tokens.PeerAddress;
import dev.flotilla.tokens.Permission;
import dev.flotilla.tokens.SwarmFolder;
import dev.flotilla.tokens.SwarmToken;
import dev.flotilla.tokens.TokenException;
import dev.flotilla.tokens.TokenFailure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's part in its swarm: its credentials, the cluster, the event bus, the links' port, and
 * what an administrator may do. Owns the clustered Vert.x.
 *
 * <p>Calls block unless they say otherwise: not for event loops.
 */
public final class Swarm implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Swarm.class);
  private static final String NODES = "flotilla.nodes";
  private static final String TRUST = "flotilla.trust";
  private static final String INVITES = "flotilla.invites";
  private static final long JOIN_WAIT_MILLIS = 2_000;
  private static final long RENEWAL_CHECK_MILLIS = 60_000;
  private static final long STOP_SECONDS = 10;
  private static final long CALL_MILLIS = 5_000;

  /** Asks a full node for the token after a rotation. */
  private static final Call<String, String> TOKEN =
      new Call<>(
          "flotilla.token",
          Permission.HOLD_SECRET,
          new TextCodec(16),
          new TextCodec(8192),
          CALL_MILLIS);

  private static final Call<String, String> PING =
      new Call<>(
          "flotilla.ping", Permission.JOIN, new TextCodec(16), new TextCodec(16), CALL_MILLIS);
  private static final long PING_MILLIS = 5_000;

  private final SwarmOptions options;
  private final SwarmFolder folder;
  private final Credentials credentials;
  private final Optional<SwarmToken> created;
  private final AuditLog audit;
  private final Clock clock;
  private final Discovery discovery;
  private final RememberedPeers remembered;
  private final SwarmCluster cluster;
  private final Vertx vertx;
  private final SwarmBus bus;
  private final PeerPlane peers;
  private final SharedMap nodes;
  private final SharedMap trust;
  private final int linkPort;
  private final Object inviteUses = new Object();
  private final Map<NodeId, Double> roundTrips = new ConcurrentHashMap<>();
  private final Instant since;
  private volatile String api = "";
  private volatile String version = "";

  private Swarm(
      SwarmOptions options,
      SwarmFolder folder,
      SwarmAdmission.Admitted admitted,
      AuditLog audit,
      Clock clock,
      Discovery discovery,
      RememberedPeers remembered,
      SwarmCluster cluster,
      Vertx vertx)
      throws Exception {
    this.options = options;
    this.folder = folder;
    this.credentials = admitted.credentials();
    this.created = admitted.created();
    this.audit = audit;
    this.clock = clock;
    this.discovery = discovery;
    this.remembered = remembered;
    this.cluster = cluster;
    this.vertx = vertx;
    this.bus = new SwarmBus(vertx, credentials, audit, clock);
    this.peers = new PeerPlane(vertx, credentials, new SwarmTls(credentials, audit), audit);
    this.nodes = cluster.sharedMap(NODES);
    this.trust = cluster.sharedMap(TRUST);
    this.since = clock.instant();
    this.linkPort = listen();
    followTrust();
    serveToken();
    var _ = bus.serve(PING, (_, question) -> Future.succeededFuture(question));
    vertx.setPeriodic(RENEWAL_CHECK_MILLIS, _ -> renewIfDue());
    vertx.setPeriodic(PING_MILLIS, _ -> measureRoundTrips());
    cluster.onMembershipChange(this::membersChanged);
    membersChanged();
  }

  /**
   * Joins or begins a swarm. Blocks for some seconds.
   *
   * @param vertxOptions of the Vert.x that is made
   * @throws TokenException if this node is not admitted
   */
  public static Swarm start(
      SwarmOptions options, Path stateDir, VertxOptions vertxOptions, Clock clock)
      throws Exception {
    AuditLog audit = new AuditLog();
    SwarmFolder folder = new SwarmFolder(stateDir.resolve("swarm"));
    SwarmAdmission.Admitted admitted =
        new SwarmAdmission(folder, audit, clock).admit(options.credential(), options.name());
    Credentials credentials = admitted.credentials();
    RememberedPeers remembered = new RememberedPeers(stateDir.resolve("swarm").resolve("peers"));
    Discovery discovery = discovery(options, remembered, credentials);
    String advertised = advertised(options);
    SwarmCluster cluster =
        SwarmCluster.start(
            new ClusterOptions(
                credentials.trust().swarm(),
                credentials.id(),
                options.bindHost(),
                advertised,
                options.clusterPort(),
                JOIN_WAIT_MILLIS),
            credentials,
            audit,
            new Found(discovery));
    try {
      EventBusOptions bus =
          new SwarmTls(credentials, audit)
              .secure(
                  new EventBusOptions()
                      .setHost(options.bindHost())
                      .setPort(options.busPort())
                      .setClusterPublicHost(advertised));
      VertxBuilder builder =
          Vertx.builder()
              .with(new VertxOptions(vertxOptions).setEventBusOptions(bus))
              .withClusterManager(cluster.eventBusManager());
      Vertx vertx = await(builder.buildClustered());
      return new Swarm(
          options, folder, admitted, audit, clock, discovery, remembered, cluster, vertx);
    } catch (Exception e) {
      cluster.close();
      discovery.close();
      throw e;
    }
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(STOP_SECONDS * 3, TimeUnit.SECONDS);
  }

  /** Discovery as the cluster wants it. */
  private record Found(Discovery discovery) implements Rendezvous {
    @Override
    public void announce(PeerAddress own) {
      discovery.start(new dev.flotilla.node.discovery.PeerAddress(own.host(), own.port()));
    }

    @Override
    public Collection<PeerAddress> candidates() {
      return discovery.candidates().stream()
          .map(found -> new PeerAddress(found.host(), found.port()))
          .toList();
    }
  }

  private static Discovery discovery(
      SwarmOptions options, RememberedPeers remembered, Credentials credentials) {
    List<PeerSource> sources = new ArrayList<>();
    List<PeerAddress> named = new ArrayList<>(options.peers());
    credentials.token().ifPresent(token -> named.addAll(token.peers()));
    sources.add(new StaticPeers(converted(named)));
    sources.add(remembered);
    byte[] announced = HexFormat.of().parseHex(credentials.trust().swarm().announced());
    RendezvousKeys keys =
        new RendezvousKeys(
            announced,
            day ->
                credentials
                    .token()
                    .map(token -> token.secret().rendezvous(day))
                    .orElseThrow(() -> new IllegalStateException("invited nodes use no DHT")));
    if (options.mdns()) {
      sources.add(new MdnsPeers(keys));
    }
    if (options.dht() && credentials.token().isPresent()) {
      sources.add(
          new DhtPeers(
              keys,
              new InetSocketAddress(options.bindHost(), options.dhtPort()),
              converted(options.dhtBootstrap())));
    }
    return new Discovery(sources, _ -> {});
  }

  private static List<dev.flotilla.node.discovery.PeerAddress> converted(List<PeerAddress> peers) {
    return peers.stream()
        .map(peer -> new dev.flotilla.node.discovery.PeerAddress(peer.host(), peer.port()))
        .toList();
  }

  /** The address that others are told: never a wildcard. */
  private static String advertised(SwarmOptions options) throws UnknownHostException {
    if (options.advertiseHost().isPresent()) {
      return options.advertiseHost().get();
    }
    InetAddress bound = InetAddress.getByName(options.bindHost());
    return bound.isAnyLocalAddress() ? ownAddress().getHostAddress() : bound.getHostAddress();
  }

  /** An address of this machine that others may reach; loopback if it has no other. */
  private static InetAddress ownAddress() {
    try {
      return NetworkInterface.networkInterfaces()
          .filter(Swarm::isUp)
          .flatMap(NetworkInterface::inetAddresses)
          .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
          .min(Comparator.comparingInt(address -> address.getAddress().length))
          .orElse(InetAddress.getLoopbackAddress());
    } catch (SocketException _) {
      return InetAddress.getLoopbackAddress();
    }
  }

  private static boolean isUp(NetworkInterface network) {
    try {
      return network.isUp() && !network.isLoopback() && !network.isPointToPoint();
    } catch (SocketException _) {
      return false;
    }
  }

  private int listen() throws Exception {
    EnrolmentDesk desk = new EnrolmentDesk(vertx, credentials, new InviteUses(), audit, clock);
    peers.serveNewcomers(EnrolmentDesk.PATH, desk::handle);
    return await(peers.listen(options.bindHost(), options.linkPort()));
  }

  /** Uses of invites, counted by the cluster and remembered by every full node. */
  private final class InviteUses implements EnrolmentDesk.Uses {
    @Override
    public int used(String invite) {
      return folder.inviteUses().getOrDefault(invite, 0);
    }

    @Override
    public boolean use(String invite, int limit) {
      synchronized (inviteUses) {
        if (!cluster.tryUse(INVITES, invite, used(invite), limit)) {
          return false;
        }
        Map<String, Integer> uses = new HashMap<>(folder.inviteUses());
        uses.merge(invite, 1, Integer::sum);
        folder.keepInviteUses(uses);
        return true;
      }
    }
  }

  private void followTrust() {
    trust.onPut((_, statement) -> accept(statement));
    trust.entries().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(entry -> accept(entry.getValue()));
    credentials
        .trust()
        .revocations()
        .forEach(
            (node, signed) -> trust.put(revocationKey(signed.generation(), node), signed.text()));
  }

  private static String revocationKey(int generation, NodeId node) {
    return "%010d-revocation-%s".formatted(generation, node);
  }

  private static String rotationKey(int generation) {
    return "%010d-rotation".formatted(generation);
  }

  private void accept(String statement) {
    var _ =
        vertx
            .executeBlocking(
                () -> {
                  try {
                    if (credentials.accept(statement)) {
                      afterNews();
                    }
                  } catch (TokenException e) {
                    log.debug("a statement is of no use here: {}", e.getMessage());
                  }
                  return null;
                },
                true)
            .onFailure(thrown -> log.warn("a statement was not taken", thrown));
  }

  private void afterNews() {
    if (credentials.trust().revoked(credentials.id())) {
      log.error("this node was thrown out of its swarm");
    }
    fetchTokenIfRotated();
  }

  /** A full node that learns of a rotation asks another full node for the new token. */
  private void fetchTokenIfRotated() {
    int newest = credentials.trust().authority().generation();
    boolean behind = credentials.token().filter(token -> token.generation() < newest).isPresent();
    if (!behind) {
      renewIfDue();
      return;
    }
    for (NodeCard card : cards()) {
      if (card.role() == NodeRole.FULL && !card.id().equals(credentials.id())) {
        try {
          SwarmToken token = SwarmToken.parse(await(bus.request(TOKEN, card.id(), "ask")));
          credentials.accept(token);
          return;
        } catch (Exception e) {
          log.debug("node {} gave no token: {}", card.id().shortened(), e.getMessage());
        }
      }
    }
    log.warn("the swarm's secret was replaced, and no node could give the new one yet");
  }

  private void serveToken() {
    var _ =
        bus.serve(
            TOKEN,
            (_, _) ->
                credentials
                    .token()
                    .filter(
                        token -> token.generation() == credentials.trust().authority().generation())
                    .map(token -> Future.succeededFuture(token.encode()))
                    .orElseGet(() ->
                        Future.failedFuture(
                            new BusException(
                                BusFailure.NOT_FOUND, "this node does not hold the token"))));
  }

  private void renewIfDue() {
    boolean behind =
        !credentials
            .certificate()
            .x509()
            .getIssuerX500Principal()
            .equals(credentials.trust().authority().x509().getSubjectX500Principal());
    if (!behind && clock.instant().isBefore(credentials.renewAt())) {
      return;
    }
    var _ =
        vertx
            .executeBlocking(
                () -> {
                  if (!credentials.renewByItself()) {
                    List<PeerAddress> desks =
                        cards().stream()
                            .filter(card -> card.role() == NodeRole.FULL)
                            .map(NodeCard::link)
                            .toList();
                    credentials.renewed(
                        new Newcomer(credentials.identity(), clock)
                            .renew(credentials.certificate(), credentials.trust(), desks)
                            .certificate());
                  }
                  return null;
                },
                true)
            .onFailure(
                thrown -> log.warn("the certificate was not renewed yet: {}", thrown.getMessage()));
  }

  private void measureRoundTrips() {
    List<NodeId> members = cluster.members();
    roundTrips.keySet().retainAll(members);
    for (NodeId member : members) {
      if (!member.equals(id())) {
        long began = System.nanoTime();
        var _ =
            bus.request(PING, member, "")
                .onSuccess(_ ->
                    roundTrips.merge(
                        member,
                        (System.nanoTime() - began) / 1e6,
                        (before, now) -> 0.7 * before + 0.3 * now))
                .onFailure(_ -> roundTrips.remove(member));
      }
    }
  }

  /** The time of a message to another member and back, smoothed; empty while unknown. */
  public OptionalDouble roundTripMillis(NodeId member) {
    Double millis = roundTrips.get(member);
    return millis == null ? OptionalDouble.empty() : OptionalDouble.of(millis);
  }

  private void membersChanged() {
    var _ =
        vertx.executeBlocking(
            () -> {
              remembered.remember(converted(cluster.memberAddresses()));
              publishCard();
              // After a partition the other half may have news that were put while it was away.
              trust.entries().values().forEach(this::accept);
              return null;
            },
            true);
  }

  /** Tells the others where this node's API is, once it listens. */
  public void announceApi(String url, String ownVersion) {
    api = url;
    version = ownVersion;
    publishCard();
  }

  private void publishCard() {
    if (version.isEmpty()) {
      return;
    }
    PeerAddress own = cluster.address();
    NodeCard card =
        new NodeCard(
            credentials.id(),
            options.name(),
            credentials.role(),
            version,
            since,
            own,
            new PeerAddress(own.host(), linkPort),
            api);
    nodes.put(card.id().hex(), card.encode());
  }

  /** The members now, this node included, the oldest first. Cheap. */
  public List<NodeCard> cards() {
    List<NodeCard> cards = new ArrayList<>();
    for (NodeId member : cluster.members()) {
      if (credentials.trust().revoked(member)) {
        continue;
      }
      nodes.get(member.hex()).flatMap(NodeCard::decode).ifPresent(cards::add);
    }
    return cards;
  }

  /** This node. */
  public NodeId id() {
    return credentials.id();
  }

  /** What this node is and whom it believes. */
  public Credentials credentials() {
    return credentials;
  }

  /** The clustered Vert.x of this node. */
  public Vertx vertx() {
    return vertx;
  }

  /** Typed messages to other members. */
  public SwarmBus bus() {
    return bus;
  }

  /** HTTP between members. */
  public PeerPlane peers() {
    return peers;
  }

  /** Who is a member now. */
  public SwarmCluster cluster() {
    return cluster;
  }

  /** The token of a swarm that began with this node, to be shown once. */
  public Optional<SwarmToken> created() {
    return created;
  }

  /** The token as others should get it: with hints where members are now. */
  public Optional<SwarmToken> token() {
    return credentials
        .token()
        .map(token -> token.withPeers(cards().stream().limit(4).map(NodeCard::cluster).toList()));
  }

  /**
   * Mints an invite.
   *
   * @throws TokenException if this node does not hold the token
   */
  public Invite invite(NodeRole role, Duration lifetime, int uses) {
    SwarmToken token =
        credentials
            .token()
            .orElseThrow(() ->
                new TokenException(
                    TokenFailure.ROLE, "this node was invited itself: ask a full node"));
    List<PeerAddress> desks =
        cards().stream()
            .filter(card -> card.role() == NodeRole.FULL)
            .map(NodeCard::link)
            .limit(8)
            .toList();
    InviteClaims claims =
        new InviteClaims(
            Hex.random(16), role, token.generation(), clock.instant().plus(lifetime), uses);
    return Invite.mint(token, claims, desks);
  }

  /**
   * Throws a node out, everywhere.
   *
   * @return whether it was a full node, which knows the token: then the token should be rotated
   * @throws TokenException if this node does not hold the token
   */
  public boolean revoke(NodeId node, String reason) {
    boolean full =
        cards().stream().anyMatch(card -> card.id().equals(node) && card.role() == NodeRole.FULL);
    String statement = credentials.revoke(node, reason);
    trust.put(revocationKey(credentials.trust().authority().generation(), node), statement);
    return full;
  }

  /**
   * Moves the swarm to a new secret.
   *
   * @param overlap how long members may still show certificates of the old one
   * @return the new token
   * @throws TokenException if this node does not hold the token
   */
  public SwarmToken rotate(Duration overlap) {
    Set<NodeId> members = new HashSet<>(cluster.members());
    nodes.entries().keySet().forEach(id -> members.add(new NodeId(id)));
    int before = credentials.trust().authority().generation();
    Credentials.Begun begun = credentials.rotate(overlap, members, new SecureRandom());
    trust.put(rotationKey(before), begun.statements().getFirst());
    credentials
        .trust()
        .revocations()
        .forEach(
            (node, signed) -> trust.put(revocationKey(signed.generation(), node), signed.text()));
    return begun.token();
  }

  /** Leaves the swarm and closes the clustered Vert.x. */
  @Override
  public void close() {
    try {
      var _ = await(vertx.close());
    } catch (Exception e) {
      log.warn("the event bus did not stop in order", e);
    }
    cluster.close();
    discovery.close();
  }
}
