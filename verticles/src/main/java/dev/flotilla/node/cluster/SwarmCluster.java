package dev.flotilla.node.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipAdapter;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.config.AdvancedNetworkConfig;
import com.hazelcast.config.Config;
import com.hazelcast.config.DiscoveryStrategyConfig;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.MultiMapConfig;
import com.hazelcast.config.RingbufferConfig;
import com.hazelcast.config.ServerSocketEndpointConfig;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.LifecycleEvent.LifecycleState;
import com.hazelcast.instance.impl.HazelcastInstanceFactory;
import com.hazelcast.map.IMap;
import dev.flotilla.node.auth.AuditLog;
import dev.flotilla.node.auth.AuditLog.Event;
import dev.flotilla.node.auth.Credentials;
import dev.flotilla.node.auth.SwarmTls;
import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.PeerAddress;
import dev.flotilla.tokens.Permission;
import dev.flotilla.tokens.TokenException;
import io.vertx.core.spi.cluster.ClusterManager;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.net.SocketAddress;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The nodes of a swarm that see each other now, as one Hazelcast cluster under mutual TLS, and the
 * state that they share. Members share its memory: a member is a trusted machine.
 */
public final class SwarmCluster implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SwarmCluster.class);
  private static final String NODE_ID = "__vertx.nodeId";
  private static final long LOCK_SECONDS = 5;

  /**
   * Settings of Hazelcast that differ from its own: a node that falls silent is a member no longer
   * after five seconds; two halves look for each other every few seconds; few threads, for machines
   * that have better things to do.
   */
  private static final Map<String, String> PROPERTIES =
      Map.ofEntries(
          Map.entry("hazelcast.phone.home.enabled", "false"),
          Map.entry("hazelcast.logging.type", "slf4j"),
          Map.entry("hazelcast.shutdownhook.enabled", "false"),
          Map.entry("hazelcast.discovery.enabled", "true"),
          // Waited for by CandidateDiscovery; Hazelcast would let everybody wait who joins.
          Map.entry("hazelcast.wait.seconds.before.join", "0"),
          Map.entry("hazelcast.heartbeat.interval.seconds", "1"),
          Map.entry("hazelcast.max.no.heartbeat.seconds", "5"),
          Map.entry("hazelcast.merge.first.run.delay.seconds", "3"),
          Map.entry("hazelcast.merge.next.run.delay.seconds", "3"),
          Map.entry("hazelcast.operation.call.timeout.millis", "10000"),
          Map.entry("hazelcast.graceful.shutdown.max.wait", "5"),
          Map.entry("hazelcast.partition.count", "71"),
          Map.entry("hazelcast.operation.thread.count", "2"),
          Map.entry("hazelcast.operation.generic.thread.count", "2"),
          Map.entry("hazelcast.event.thread.count", "1"),
          Map.entry("hazelcast.io.input.thread.count", "1"),
          Map.entry("hazelcast.io.output.thread.count", "1"));

  /** Items of a {@link SharedLog}. */
  private static final int LOG_CAPACITY = 1024;

  private final HazelcastInstance hazelcast;
  private final TlsNodeContext tls;

  private SwarmCluster(HazelcastInstance hazelcast, TlsNodeContext tls) {
    this.hazelcast = hazelcast;
    this.tls = tls;
  }

  /**
   * Joins the members that can be found, or begins alone. Blocks until then.
   *
   * @param rendezvous where members may be, asked again as long as the cluster runs
   */
  public static SwarmCluster start(
      ClusterOptions options, Credentials credentials, AuditLog audit, Rendezvous rendezvous) {
    SSLContext context = new SwarmTls(credentials, audit).context("cluster");
    TlsNodeContext tls = new TlsNodeContext(context, new Gatekeeper(credentials, audit));
    Config config = config(options, new LiveCandidates(rendezvous, tls::connected));
    HazelcastInstance hazelcast =
        HazelcastInstanceFactory.newHazelcastInstance(
            config, "flotilla-" + options.node().shortened() + "-" + UUID.randomUUID(), tls);
    SwarmCluster cluster = new SwarmCluster(hazelcast, tls);
    credentials.onChange(() -> cluster.expel(credentials));
    cluster.report(audit);
    return cluster;
  }

  private static Config config(ClusterOptions options, Rendezvous rendezvous) {
    Config config = new Config();
    // As the event bus wants it.
    config
        .getMultiMapConfig("__vertx.subs")
        .setBackupCount(1)
        .setValueCollectionType(MultiMapConfig.ValueCollectionType.SET);
    config.addRingBufferConfig(
        new RingbufferConfig("default").setCapacity(LOG_CAPACITY).setBackupCount(1));
    config.setClusterName(options.swarm().clusterName());
    config.getMemberAttributeConfig().setAttribute(NODE_ID, options.node().hex());
    PROPERTIES.forEach(config::setProperty);
    config.getMetricsConfig().setEnabled(false);
    config.getJetConfig().setEnabled(false);
    config.getIntegrityCheckerConfig().setEnabled(false);

    AdvancedNetworkConfig network = config.getAdvancedNetworkConfig().setEnabled(true);
    ServerSocketEndpointConfig endpoint = new ServerSocketEndpointConfig();
    endpoint.setPort(options.port()).setPortAutoIncrement(false).setReuseAddress(true);
    endpoint.setPublicAddress(options.advertiseHost());
    if (options.bindsOneAddress()) {
      endpoint.getInterfaces().setEnabled(true).addInterface(options.bindHost());
      config.setProperty("hazelcast.socket.bind.any", "false");
    }
    network.setMemberEndpointConfig(endpoint);
    JoinConfig join = network.getJoin();
    join.getAutoDetectionConfig().setEnabled(false);
    join.getMulticastConfig().setEnabled(false);
    join.getTcpIpConfig().setEnabled(false);
    join.getDiscoveryConfig()
        .addDiscoveryStrategyConfig(
            new DiscoveryStrategyConfig(
                new CandidateDiscovery(rendezvous, options.joinWaitMillis())));
    return config;
  }

  /** Parts with who was thrown out, without waiting for its heartbeats to fail. */
  private void expel(Credentials credentials) {
    tls.recheck();
    for (Member member : hazelcast.getCluster().getMembers()) {
      boolean revoked = idOf(member).filter(credentials.trust()::revoked).isPresent();
      if (revoked && !member.localMember()) {
        tls.expel(member, "thrown out of the swarm");
      }
    }
  }

  private void report(AuditLog audit) {
    UUID _ =
        hazelcast
            .getCluster()
            .addMembershipListener(
                new MembershipAdapter() {
                  @Override
                  public void memberAdded(MembershipEvent event) {
                    audit.record(Event.JOINED, nodeOf(event), "the cluster");
                  }

                  @Override
                  public void memberRemoved(MembershipEvent event) {
                    audit.record(Event.LEFT, nodeOf(event), "the cluster");
                  }
                });
  }

  private static String nodeOf(MembershipEvent event) {
    Member member = event.getMember();
    return idOf(member).map(NodeId::shortened).orElseGet(() -> member.getAddress().toString());
  }

  private static Optional<NodeId> idOf(Member member) {
    try {
      return Optional.ofNullable(member.getAttribute(NODE_ID)).map(NodeId::new);
    } catch (TokenException _) {
      return Optional.empty();
    }
  }

  /** For Vert.x to cluster its event bus with; its node ids are {@link NodeId}s. */
  public ClusterManager eventBusManager() {
    return new HazelcastClusterManager(hazelcast);
  }

  /** Where this node's cluster port is reached. */
  public PeerAddress address() {
    var address = hazelcast.getCluster().getLocalMember().getAddress();
    return new PeerAddress(address.getHost(), address.getPort());
  }

  /** The members now, this node included, the oldest first. */
  public List<NodeId> members() {
    List<NodeId> ids = new ArrayList<>();
    for (Member member : hazelcast.getCluster().getMembers()) {
      idOf(member).ifPresent(ids::add);
    }
    return ids;
  }

  /** Where the other members' cluster ports are reached. */
  public List<PeerAddress> memberAddresses() {
    List<PeerAddress> addresses = new ArrayList<>();
    for (Member member : hazelcast.getCluster().getMembers()) {
      if (!member.localMember()) {
        addresses.add(
            new PeerAddress(member.getAddress().getHost(), member.getAddress().getPort()));
      }
    }
    return addresses;
  }

  /**
   * Calls back when members come, go, or two halves have merged; on a cluster thread, which must
   * not be blocked.
   */
  public void onMembershipChange(Runnable listener) {
    UUID _ =
        hazelcast
            .getCluster()
            .addMembershipListener(
                new MembershipAdapter() {
                  @Override
                  public void memberAdded(MembershipEvent event) {
                    listener.run();
                  }

                  @Override
                  public void memberRemoved(MembershipEvent event) {
                    listener.run();
                  }
                });
    UUID _ =
        hazelcast
            .getLifecycleService()
            .addLifecycleListener(event -> {
              if (event.getState() == LifecycleState.MERGED) {
                listener.run();
              }
            });
  }

  /** A map that all members share. */
  public SharedMap sharedMap(String name) {
    return new ReplicatedSharedMap(hazelcast.getReplicatedMap(name));
  }

  /** A log that all members share. */
  public SharedLog sharedLog(String name) {
    return new SharedLog(hazelcast.getRingbuffer(name));
  }

  /**
   * Counts one more use of something that may be used so often; once for all members.
   *
   * @param used how often it was used as far as the caller knows: the count is at least that
   * @return whether it might be used, and now is
   */
  public boolean tryUse(String counter, String key, int used, int limit) {
    IMap<String, Integer> uses = hazelcast.getMap(counter);
    try {
      if (!uses.tryLock(key, LOCK_SECONDS, TimeUnit.SECONDS)) {
        return false;
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
    try {
      int before = Math.max(used, Optional.ofNullable(uses.get(key)).orElse(0));
      if (before >= limit) {
        return false;
      }
      uses.set(key, before + 1);
      return true;
    } finally {
      uses.unlock(key);
    }
  }

  /** Leaves the cluster. After the Vert.x that uses {@link #eventBusManager} is closed. Blocks. */
  @Override
  public void close() {
    hazelcast.getLifecycleService().shutdown();
    tls.close();
  }

  private static final class Gatekeeper implements TlsSession.Listener {
    private static final long HINT_NANOS = TimeUnit.MINUTES.toNanos(5);

    private final Credentials credentials;
    private final AuditLog audit;
    private final AtomicLong nextHintNanos = new AtomicLong(System.nanoTime());

    Gatekeeper(Credentials credentials, AuditLog audit) {
      this.credentials = credentials;
      this.audit = audit;
    }

    @Override
    public void refused(@Nullable SocketAddress peer, boolean outgoing, String reason) {
      audit.record(
          Event.REFUSED,
          String.valueOf(peer),
          (outgoing ? "cluster, outgoing: " : "cluster: ") + reason);
      if (outgoing && reason.contains(TlsSession.ALERT) && reason.contains("certificate")) {
        hint(peer);
      }
    }

    private void hint(@Nullable SocketAddress peer) {
      long now = System.nanoTime();
      long due = nextHintNanos.get();
      if (now - due >= 0 && nextHintNanos.compareAndSet(due, now + HINT_NANOS)) {
        log.warn(
            "{} is of this swarm and refuses this node: it was thrown out, or the token was"
                + " replaced while it was away, or its clock is wrong. If the clock is right, start"
                + " it with the swarm's present token (flotilla token show) or with a new invite",
            peer);
      }
    }

    @Override
    public Optional<String> objection(X509Certificate peer) {
      try {
        credentials.check(peer, Permission.JOIN);
        return Optional.empty();
      } catch (TokenException e) {
        return Optional.of(e.getMessage());
      }
    }
  }
}
