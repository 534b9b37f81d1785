package dev.flotilla.node.cluster;

import com.hazelcast.cluster.Address;
import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipAdapter;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.core.LifecycleEvent.LifecycleState;
import com.hazelcast.map.IMap;
import dev.flotilla.node.auth.AuditLog;
import dev.flotilla.node.auth.AuditLog.Event;
import dev.flotilla.node.auth.Credentials;
import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.PeerAddress;
import dev.flotilla.tokens.TokenException;
import io.vertx.core.spi.cluster.ClusterManager;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The nodes of a swarm that see each other now, as one Hazelcast cluster under mutual TLS, and the
 * state that they share. Members share its memory: a member is a trusted machine.
 *
 * <p>A member of a cluster has one address as long as it lives, so a node whose address changes
 * becomes another member ({@link #moveTo}). What this class has handed out outlives that; in
 * between the node is a swarm of its own.
 */
public final class SwarmCluster implements AutoCloseable {
  private static final long LOCK_SECONDS = 5;
  private static final long FORGOTTEN_POLL_MILLIS = 100;
  private static final long FORGOTTEN_SECONDS = 30;

  private final Credentials credentials;
  private final AuditLog audit;
  private final Rendezvous rendezvous;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private final Map<String, ReplicatedSharedMap> maps = new ConcurrentHashMap<>();
  private final Map<String, SharedLog> logs = new ConcurrentHashMap<>();
  private final MovableClusterManager busManager;
  private volatile ClusterOptions options;
  private volatile ClusterMember now;

  private SwarmCluster(
      ClusterOptions options, Credentials credentials, AuditLog audit, Rendezvous rendezvous) {
    this.credentials = credentials;
    this.audit = audit;
    this.rendezvous = rendezvous;
    this.now = ClusterMember.start(options, credentials, audit, rendezvous);
    this.options = options.at(own(now).getHost(), own(now).getPort());
    this.busManager = new MovableClusterManager(now.hazelcast());
    credentials.onChange(this::expel);
    listen(now.hazelcast());
  }

  /**
   * Joins the members that can be found, or begins alone. Blocks until then.
   *
   * @param rendezvous where members may be, asked again as long as the cluster runs
   */
  public static SwarmCluster start(
      ClusterOptions options, Credentials credentials, AuditLog audit, Rendezvous rendezvous) {
    return new SwarmCluster(options, credentials, audit, rendezvous);
  }

  /**
   * Joins again under another address, on the same port. Blocks for seconds.
   *
   * @param host where others reach this node from now on
   */
  public synchronized void moveTo(String host) throws Exception {
    maps.values().forEach(ReplicatedSharedMap::detach);
    busManager.detach();
    now.end();
    options = options.at(host, options.port());
    ClusterMember next = ClusterMember.start(options, credentials, audit, rendezvous);
    awaitForgotten(next);
    now = next;
    maps.forEach((name, map) -> map.attach(next.hazelcast().getReplicatedMap(name)));
    logs.forEach((name, shared) -> shared.attach(next.hazelcast().getRingbuffer(name)));
    busManager.attach(next.hazelcast(), host);
    listen(next.hazelcast());
    listeners.forEach(Runnable::run);
  }

  /**
   * Waits until the others have given up the member that this node was: what it says before they
   * would take for that one's, and drop.
   */
  private void awaitForgotten(ClusterMember next) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(FORGOTTEN_SECONDS);
    while (knowsAnother(next) && System.nanoTime() - deadline < 0) {
      TimeUnit.MILLISECONDS.sleep(FORGOTTEN_POLL_MILLIS);
    }
  }

  private boolean knowsAnother(ClusterMember self) {
    return self.hazelcast().getCluster().getMembers().stream()
        .filter(member -> !member.localMember())
        .anyMatch(member -> idOf(member).filter(credentials.id()::equals).isPresent());
  }

  /** Parts with who was thrown out, without waiting for its heartbeats to fail. */
  private void expel() {
    TlsNodeContext tls = now.tls();
    tls.recheck();
    for (Member member : everybody()) {
      boolean revoked = idOf(member).filter(credentials.trust()::revoked).isPresent();
      if (revoked && !member.localMember()) {
        tls.expel(member, "thrown out of the swarm");
      }
    }
  }

  private void listen(HazelcastInstance hazelcast) {
    UUID _ =
        hazelcast
            .getCluster()
            .addMembershipListener(
                new MembershipAdapter() {
                  @Override
                  public void memberAdded(MembershipEvent event) {
                    audit.record(Event.JOINED, nodeOf(event), "the cluster");
                    listeners.forEach(Runnable::run);
                  }

                  @Override
                  public void memberRemoved(MembershipEvent event) {
                    audit.record(Event.LEFT, nodeOf(event), "the cluster");
                    listeners.forEach(Runnable::run);
                  }
                });
    UUID _ =
        hazelcast
            .getLifecycleService()
            .addLifecycleListener(event -> {
              if (event.getState() == LifecycleState.MERGED) {
                listeners.forEach(Runnable::run);
              }
            });
  }

  private static String nodeOf(MembershipEvent event) {
    Member member = event.getMember();
    return idOf(member).map(NodeId::shortened).orElseGet(() -> member.getAddress().toString());
  }

  private static Optional<NodeId> idOf(Member member) {
    try {
      return Optional.ofNullable(member.getAttribute(ClusterMember.NODE_ID)).map(NodeId::new);
    } catch (TokenException _) {
      return Optional.empty();
    }
  }

  private static Address own(ClusterMember member) {
    return member.hazelcast().getCluster().getLocalMember().getAddress();
  }

  /** For Vert.x to cluster its event bus with; its node ids are {@link NodeId}s. */
  public ClusterManager eventBusManager() {
    return busManager;
  }

  /** Where this node's cluster port is reached. */
  public PeerAddress address() {
    ClusterOptions current = options;
    return new PeerAddress(current.advertiseHost(), current.port());
  }

  /** The port of this node's event bus, once {@link #eventBusManager} clusters it. */
  public int busPort() {
    return busManager.getNodeInfo().port();
  }

  /** The members now, this node included, the oldest first. */
  public List<NodeId> members() {
    // A node that has just moved may be there twice.
    Set<NodeId> ids = new LinkedHashSet<>();
    for (Member member : everybody()) {
      idOf(member).ifPresent(ids::add);
    }
    return ids.isEmpty() ? List.of(credentials.id()) : List.copyOf(ids);
  }

  /** Where the other members' cluster ports are reached. */
  public List<PeerAddress> memberAddresses() {
    List<PeerAddress> addresses = new ArrayList<>();
    for (Member member : everybody()) {
      if (!member.localMember()) {
        addresses.add(
            new PeerAddress(member.getAddress().getHost(), member.getAddress().getPort()));
      }
    }
    return addresses;
  }

  private List<Member> everybody() {
    return orWhileMoving(hazelcast -> List.copyOf(hazelcast.getCluster().getMembers()), List.of());
  }

  private <T> T orWhileMoving(Function<HazelcastInstance, T> question, T meanwhile) {
    try {
      return question.apply(now.hazelcast());
    } catch (HazelcastInstanceNotActiveException _) {
      return meanwhile;
    }
  }

  /**
   * Calls back when members come, go, or two halves have merged, or this node has moved; mostly on
   * a cluster thread, which must not be blocked.
   */
  public void onMembershipChange(Runnable listener) {
    listeners.add(listener);
  }

  /** A map that all members share. */
  public synchronized SharedMap sharedMap(String name) {
    return maps.computeIfAbsent(
        name, _ -> new ReplicatedSharedMap(now.hazelcast().getReplicatedMap(name)));
  }

  /** A log that all members share. */
  public synchronized SharedLog sharedLog(String name) {
    return logs.computeIfAbsent(name, _ -> new SharedLog(now.hazelcast().getRingbuffer(name)));
  }

  /**
   * Counts one more use of something that may be used so often; once for all members.
   *
   * @param used how often it was used as far as the caller knows: the count is at least that
   * @return whether it might be used, and now is
   */
  public boolean tryUse(String counter, String key, int used, int limit) {
    return orWhileMoving(hazelcast -> tryUse(hazelcast.getMap(counter), key, used, limit), false);
  }

  private static boolean tryUse(IMap<String, Integer> uses, String key, int used, int limit) {
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
  public synchronized void close() {
    now.leave();
  }
}
