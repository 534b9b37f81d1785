package dev.flotilla.node.cluster;

import com.hazelcast.config.AdvancedNetworkConfig;
import com.hazelcast.config.Config;
import com.hazelcast.config.InMemoryFormat;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.MultiMapConfig;
import com.hazelcast.config.RingbufferConfig;
import com.hazelcast.config.ServerSocketEndpointConfig;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.impl.HazelcastInstanceFactory;
import dev.flotilla.node.auth.AuditLog;
import dev.flotilla.node.auth.Credentials;
import dev.flotilla.node.auth.SwarmTls;
import java.util.Map;
import java.util.UUID;

/**
 * A member of a Hazelcast cluster under mutual TLS: what a node is to its swarm as long as it has
 * one address.
 *
 * @param hazelcast which can be used until it is shut down
 * @param tls under its connections
 */
record ClusterMember(HazelcastInstance hazelcast, TlsNodeContext tls) {
  /** The attribute of a member that says which node it is. */
  static final String NODE_ID = "__vertx.nodeId";

  /**
   * Settings of Hazelcast that differ from its own: a node that falls silent is a member no longer
   * after five seconds; two halves look for each other every few seconds; few threads, for machines
   * that have better things to do; few partitions, since little is shared, and whoever joins is
   * handed a part of each.
   */
  private static final Map<String, String> PROPERTIES =
      Map.ofEntries(
          Map.entry("hazelcast.phone.home.enabled", "false"),
          Map.entry("hazelcast.logging.type", "slf4j"),
          Map.entry("hazelcast.shutdownhook.enabled", "false"),
          // Its first look has Java make all its management beans, which takes as long as to join.
          Map.entry("hazelcast.health.monitoring.level", "OFF"),
          // SwarmJoiner waits where it has to; Hazelcast would let everybody wait who joins.
          Map.entry("hazelcast.wait.seconds.before.join", "0"),
          Map.entry("hazelcast.heartbeat.interval.seconds", "1"),
          Map.entry("hazelcast.max.no.heartbeat.seconds", "5"),
          Map.entry("hazelcast.merge.first.run.delay.seconds", "3"),
          Map.entry("hazelcast.merge.next.run.delay.seconds", "3"),
          Map.entry("hazelcast.operation.call.timeout.millis", "10000"),
          // Copies that are lost as members come or go are made again; no writer need wait for
          // them.
          Map.entry("hazelcast.operation.backup.timeout.millis", "1000"),
          Map.entry("hazelcast.graceful.shutdown.max.wait", "5"),
          Map.entry("hazelcast.partition.count", "17"),
          Map.entry("hazelcast.operation.thread.count", "2"),
          Map.entry("hazelcast.operation.generic.thread.count", "2"),
          Map.entry("hazelcast.event.thread.count", "1"),
          Map.entry("hazelcast.io.input.thread.count", "1"),
          Map.entry("hazelcast.io.output.thread.count", "1"));

  /** Items of a {@link SharedLog}. */
  private static final int LOG_CAPACITY = 1024;

  /** Joins the members that can be found, or begins alone. Blocks until then. */
  static ClusterMember start(
      ClusterOptions options, Credentials credentials, AuditLog audit, Rendezvous rendezvous) {
    TlsNodeContext tls =
        new TlsNodeContext(
            new SwarmTls(credentials, audit).context("cluster"),
            new Gatekeeper(credentials, audit),
            rendezvous,
            options.joinWaitMillis());
    String name = "flotilla-" + options.node().shortened() + "-" + UUID.randomUUID();
    try {
      return new ClusterMember(
          HazelcastInstanceFactory.newHazelcastInstance(config(options), name, tls), tls);
    } catch (RuntimeException failure) {
      tls.close();
      throw failure;
    }
  }

  private static Config config(ClusterOptions options) {
    Config config = new Config();
    config.addRingBufferConfig(
        new RingbufferConfig("default").setCapacity(LOG_CAPACITY).setBackupCount(1));
    // Values in bytes would be weighed, for which Hazelcast asks Java's management beans as well.
    config.getMapConfig("default").setInMemoryFormat(InMemoryFormat.OBJECT);
    // As the event bus wants it, but that nobody waits for copies: two that have just joined may
    // have no connection yet by which one can tell the other that it has its copy. When a member
    // is lost, all say again what they have said here.
    config
        .getMultiMapConfig("__vertx.subs")
        .setBackupCount(0)
        .setAsyncBackupCount(1)
        .setValueCollectionType(MultiMapConfig.ValueCollectionType.SET);
    config.getMapConfig("__vertx.nodeInfo").setBackupCount(0).setAsyncBackupCount(1);
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
    return config;
  }

  /** Leaves in order. */
  void leave() {
    hazelcast.getLifecycleService().shutdown();
    tls.close();
  }

  /** Ends at once, as those must who can't reach the others any more. */
  void end() {
    hazelcast.getLifecycleService().terminate();
    tls.close();
  }
}
