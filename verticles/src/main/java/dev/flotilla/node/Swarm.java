package dev.flotilla.node;

import dev.flotilla.node.auth.AuditLog;
import dev.flotilla.node.auth.Credentials;
import dev.flotilla.node.auth.EnrolmentDesk;
import dev.flotilla.node.auth.HandshakeWatch;
import dev.flotilla.node.auth.PeerPlane;
import dev.flotilla.node.auth.SwarmTls;
import dev.flotilla.node.cluster.ClusterOptions;
import dev.flotilla.node.cluster.SwarmBus;
import dev.flotilla.node.cluster.SwarmCluster;
import dev.flotilla.node.discovery.Repeating;
import dev.flotilla.node.upnp.PortMapper;
import dev.flotilla.tokens.Hex;
import dev.flotilla.tokens.Invite;
import dev.flotilla.tokens.InviteClaims;
import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.NodeRole;
import dev.flotilla.tokens.PeerAddress;
import dev.flotilla.tokens.SwarmFolder;
import dev.flotilla.tokens.SwarmToken;
import dev.flotilla.tokens.TokenException;
import dev.flotilla.tokens.TokenFailure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
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
  private static final String TRUST = "flotilla.trust";
  private static final long JOIN_WAIT_MILLIS = 2_000;
  private static final long WAIT_SECONDS = 30;

  private static final String UNREACHED = "flotilla.unreached";
  private static final long REACH_CHECK_MILLIS = 30_000;

  /** More hints would only make tokens and invites longer. */
  private static final int PEERS_IN_TOKEN = 4;

  private static final int PEERS_IN_INVITE = 8;

  private final Credentials credentials;
  private final Optional<SwarmToken> created;
  private final AuditLog audit;
  private final Clock clock;
  private final SwarmDiscovery discovery;
  private final SwarmCluster cluster;
  private final Vertx vertx;
  private final SwarmBus bus;
  private final PeerPlane peers;
  private final NodeDirectory directory;
  private final TrustKeeper trust;
  private final Repeating reachCheck;
  private final Optional<AddressWatch> addressWatch;
  private final Optional<PortMapper> portMapper;
  private final Set<NodeId> present = ConcurrentHashMap.newKeySet();
  private volatile boolean closing;

  private Swarm(
      SwarmOptions options,
      SwarmFolder folder,
      SwarmAdmission.Admitted admitted,
      AuditLog audit,
      Clock clock,
      SwarmDiscovery discovery,
      SwarmCluster cluster,
      HandshakeWatch handshakes,
      Vertx vertx)
      throws Exception {
    this.credentials = admitted.credentials();
    this.created = admitted.created();
    this.audit = audit;
    this.clock = clock;
    this.discovery = discovery;
    this.cluster = cluster;
    this.vertx = vertx;
    this.bus = new SwarmBus(vertx, credentials, audit, clock);
    this.peers = new PeerPlane(vertx, credentials, new SwarmTls(credentials, audit), audit);
    EnrolmentDesk desk =
        new EnrolmentDesk(vertx, credentials, new InviteCounter(cluster, folder), audit, clock);
    peers.serveNewcomers(EnrolmentDesk.PATH, desk::handle);
    String host = options.bindHost();
    int linkPort =
        options.linkPort().listen("link-port", host, port -> await(peers.listen(host, port)));
    handshakes.guard(linkPort, "link");
    handshakes.guard(cluster.busPort(), "event bus");
    this.directory =
        new NodeDirectory(
            new NodeDirectory.Own(options.name(), clock.instant(), linkPort),
            credentials,
            cluster,
            bus,
            vertx);
    this.trust =
        new TrustKeeper(credentials, directory, bus, cluster.sharedMap(TRUST), vertx, clock);
    cluster.onMembershipChange(this::membersChanged);
    membersChanged();
    Reachability reachability = new Reachability(credentials.id(), cluster.sharedMap(UNREACHED));
    this.reachCheck =
        Repeating.start(
            "reachability",
            REACH_CHECK_MILLIS,
            () -> reachability.check(directory.cards(), discovery.expected()));
    this.addressWatch =
        OwnAddress.mayChange(options)
            ? Optional.of(AddressWatch.start(cluster.address().host(), this::moveTo))
            : Optional.empty();
    this.portMapper = RouterPorts.map(options, cluster, linkPort);
  }

  /**
   * Joins or begins a swarm. Blocks for some seconds.
   *
   * @param vertxOptions of the Vert.x that is made
   * @throws TokenException if this node is not admitted
   * @throws OptionException if another program has a port that the user wants
   */
  public static Swarm start(
      SwarmOptions options, Path stateDir, VertxOptions vertxOptions, Clock clock)
      throws Exception {
    AuditLog audit = new AuditLog();
    Path swarmDir = stateDir.resolve("swarm");
    SwarmFolder folder = new SwarmFolder(swarmDir);
    SwarmAdmission.Admitted admitted =
        new SwarmAdmission(folder, audit, clock).admit(options.credential(), options.name());
    Credentials credentials = admitted.credentials();
    SwarmDiscovery discovery = new SwarmDiscovery(options, swarmDir.resolve("peers"), credentials);
    String host = options.bindHost();
    String advertised = OwnAddress.advertised(options);
    SwarmCluster cluster =
        options
            .clusterPort()
            .listen(
                "cluster-port",
                host,
                port ->
                    SwarmCluster.start(
                        new ClusterOptions(
                            credentials.trust().swarm(),
                            credentials.id(),
                            host,
                            advertised,
                            port,
                            JOIN_WAIT_MILLIS),
                        credentials,
                        audit,
                        discovery));
    try {
      HandshakeWatch handshakes = new HandshakeWatch(audit);
      SwarmTls tls = new SwarmTls(credentials, audit);
      Vertx vertx =
          options
              .busPort()
              .listen(
                  "bus-port",
                  host,
                  port ->
                      await(
                          SwarmVertx.clustered(
                              vertxOptions,
                              tls.secure(SwarmVertx.bus(options, advertised, port)),
                              handshakes,
                              cluster)));
      return new Swarm(
          options, folder, admitted, audit, clock, discovery, cluster, handshakes, vertx);
    } catch (Exception e) {
      cluster.close();
      discovery.close();
      throw e;
    }
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(WAIT_SECONDS, TimeUnit.SECONDS);
  }

  private void membersChanged() {
    if (closing) {
      return;
    }
    var _ =
        vertx.executeBlocking(
            () -> {
              discovery.remember(cluster.memberAddresses());
              hangUpOnThoseWhoLeft();
              directory.publish();
              trust.takeAll();
              return null;
            },
            true);
  }

  private synchronized void hangUpOnThoseWhoLeft() {
    List<NodeId> members = cluster.members();
    present.stream().filter(node -> !members.contains(node)).forEach(peers::hangUp);
    present.clear();
    present.addAll(members);
  }

  /** Joins again under another address of this machine. Blocks for seconds. */
  private void moveTo(String host) throws Exception {
    if (!closing) {
      cluster.moveTo(host);
      peers.hangUp();
    }
  }

  /** Tells the others where this node's API is, once it listens. */
  public void announceApi(String url, String version, long lentBytes) {
    directory.announceApi(url, version, lentBytes);
  }

  /** The members now, this node included, the oldest first. Cheap. */
  public List<NodeCard> cards() {
    return directory.cards();
  }

  /** The time of a message to another member and back, smoothed; empty while unknown. */
  public OptionalDouble roundTripMillis(NodeId member) {
    return directory.roundTripMillis(member);
  }

  /** What a node says of itself; empty while unknown. Cheap. */
  public Optional<NodeCard> card(NodeId node) {
    return directory.card(node);
  }

  /** This node. */
  public NodeId id() {
    return credentials.id();
  }

  /** What this node is and whom it believes. */
  public Credentials credentials() {
    return credentials;
  }

  /** What happened to the swarm's trust here. */
  public AuditLog audit() {
    return audit;
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
        .map(token ->
            token.withPeers(
                cards().stream().limit(PEERS_IN_TOKEN).map(NodeCard::cluster).toList()));
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
        directory.fullNodes().stream().map(NodeCard::link).limit(PEERS_IN_INVITE).toList();
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
    boolean full = directory.fullNodes().stream().anyMatch(card -> card.id().equals(node));
    trust.revoke(node, reason);
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
    return trust.rotate(overlap);
  }

  /** Leaves the swarm and closes the clustered Vert.x. */
  @Override
  public void close() {
    closing = true;
    addressWatch.ifPresent(AddressWatch::close);
    portMapper.ifPresent(PortMapper::close);
    reachCheck.close();
    try {
      var _ = await(vertx.close());
    } catch (Exception e) {
      log.warn("the event bus did not stop in order", e);
    }
    cluster.close();
    discovery.close();
  }
}
