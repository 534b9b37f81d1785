package dev.flotilla.benchmarks;

import com.hazelcast.config.Config;
import com.hazelcast.config.ServerSocketEndpointConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import com.hazelcast.partition.Partition;
import com.hazelcast.partition.PartitionService;
import dev.flotilla.node.auth.AuditLog;
import dev.flotilla.node.auth.Credentials;
import dev.flotilla.node.cluster.ClusterOptions;
import dev.flotilla.node.cluster.Rendezvous;
import dev.flotilla.node.cluster.SwarmCluster;
import dev.flotilla.tokens.PeerAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Two members of a Hazelcast cluster on loopback, and a map whose values lie with the second: what
 * the first reads and writes crosses the connection between them. What is written crosses it twice,
 * since the first holds the copies.
 */
final class ClusterPair implements AutoCloseable {
  private static final String LOOPBACK = "127.0.0.1";
  private static final int CALLERS = 4;
  private static final long PATIENCE_SECONDS = 60;
  private static final long POLL_MILLIS = 20;

  private final List<Runnable> closing;
  private final HazelcastInstance first;
  private final List<String> keys = new ArrayList<>();
  private final ExecutorService callers = Executors.newFixedThreadPool(CALLERS);

  private ClusterPair(List<Runnable> closing, HazelcastInstance first) throws InterruptedException {
    this.closing = closing;
    this.first = first;
    awaitBoth();
    chooseKeys();
  }

  /** As a swarm has it, under mutual TLS. */
  static ClusterPair secured(Credentials first, Credentials second) throws InterruptedException {
    Meeting meeting = new Meeting(ConcurrentHashMap.newKeySet());
    SwarmCluster one = member(first, meeting);
    SwarmCluster other = member(second, meeting);
    return new ClusterPair(List.of(other::close, one::close), hazelcast(first));
  }

  private static SwarmCluster member(Credentials credentials, Rendezvous meeting) {
    ClusterOptions options =
        new ClusterOptions(credentials.trust().swarm(), credentials.id(), LOOPBACK, LOOPBACK, 0, 0);
    return SwarmCluster.start(options, credentials, new AuditLog(), meeting);
  }

  /** The member that a node's cluster runs; there is no way to its maps but this. */
  private static HazelcastInstance hazelcast(Credentials node) {
    return Hazelcast.getAllHazelcastInstances().stream()
        .filter(instance ->
            node.id()
                .hex()
                .equals(instance.getCluster().getLocalMember().getAttribute("__vertx.nodeId")))
        .findFirst()
        .orElseThrow();
  }

  /** With the same settings and no TLS. */
  static ClusterPair plain(ClusterPair secured) throws InterruptedException {
    HazelcastInstance first = Hazelcast.newHazelcastInstance(plain(secured, List.of()));
    String address = LOOPBACK + ":" + first.getCluster().getLocalMember().getAddress().getPort();
    HazelcastInstance second = Hazelcast.newHazelcastInstance(plain(secured, List.of(address)));
    return new ClusterPair(List.of(second::shutdown, first::shutdown), first);
  }

  private static Config plain(ClusterPair secured, List<String> peers) {
    Config config = new Config();
    config.getProperties().putAll(secured.first.getConfig().getProperties());
    config.setProperty("hazelcast.discovery.enabled", "false");
    config.setClusterName("plain-" + secured.first.getConfig().getClusterName());
    config.getMetricsConfig().setEnabled(false);
    config.getJetConfig().setEnabled(false);
    config.getIntegrityCheckerConfig().setEnabled(false);
    ServerSocketEndpointConfig endpoint = new ServerSocketEndpointConfig();
    endpoint.setPort(0).setPortAutoIncrement(false).setPublicAddress(LOOPBACK);
    endpoint.getInterfaces().setEnabled(true).addInterface(LOOPBACK);
    var network = config.getAdvancedNetworkConfig().setEnabled(true);
    network.setMemberEndpointConfig(endpoint);
    network.getJoin().getAutoDetectionConfig().setEnabled(false);
    network.getJoin().getMulticastConfig().setEnabled(false);
    network.getJoin().getTcpIpConfig().setEnabled(true).setMembers(peers);
    return config;
  }

  private void awaitBoth() throws InterruptedException {
    // Values have no place before the first of them is there.
    map().set("", new byte[0]);
    PartitionService partitions = first.getPartitionService();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (partitions.getPartitions().stream().noneMatch(this::isElsewhere)
        || !partitions.isClusterSafe()) {
      if (System.nanoTime() - deadline > 0) {
        throw new IllegalStateException("the members do not find each other");
      }
      Thread.sleep(POLL_MILLIS);
    }
  }

  private void chooseKeys() {
    for (int i = 0; keys.size() < CALLERS; i++) {
      String key = "key" + i;
      if (isElsewhere(first.getPartitionService().getPartition(key))) {
        keys.add(key);
      }
    }
  }

  private boolean isElsewhere(Partition partition) {
    return !first.getCluster().getLocalMember().equals(partition.getOwner());
  }

  private IMap<String, byte[]> map() {
    return first.getMap("values");
  }

  /** How often a second a value is written or read, by four callers at once. */
  double rate(int valueBytes, long nanos) throws Exception {
    byte[] value = new byte[valueBytes];
    ThreadLocalRandom.current().nextBytes(value);
    long begin = System.nanoTime();
    List<Future<Long>> counts = new ArrayList<>();
    for (String key : keys) {
      counts.add(callers.submit(() -> operations(key, value, begin + nanos)));
    }
    long operations = 0;
    for (Future<Long> count : counts) {
      operations += count.get();
    }
    return operations * 1e9 / (System.nanoTime() - begin);
  }

  private long operations(String key, byte[] value, long deadline) {
    IMap<String, byte[]> map = map();
    long operations = 0;
    while (System.nanoTime() - deadline < 0) {
      map.set(key, value);
      byte[] back = map.get(key);
      if (back == null || back.length != value.length) {
        throw new IllegalStateException("another value came back");
      }
      operations += 2;
    }
    return operations;
  }

  @Override
  public void close() {
    callers.shutdownNow();
    closing.forEach(Runnable::run);
  }

  /** Where the members find each other. */
  private record Meeting(Set<PeerAddress> present) implements Rendezvous {
    @Override
    public void announce(PeerAddress own) {
      present.add(own);
    }

    @Override
    public Collection<PeerAddress> candidates() {
      return present;
    }
  }
}
