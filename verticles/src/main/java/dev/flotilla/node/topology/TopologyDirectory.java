package dev.flotilla.node.topology;

import dev.flotilla.sharding.plan.LayerCost;
import dev.flotilla.sharding.plan.Link;
import dev.flotilla.sharding.plan.NodeProfile;
import dev.flotilla.sharding.plan.NodeRole;
import dev.flotilla.sharding.plan.Topology;
import dev.flotilla.tokens.NodeId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** What all nodes last said of themselves. Thread-safe. */
public final class TopologyDirectory {
  /** A report that was not repeated for so long is over. */
  static final double LIFETIME_SECONDS = 20;

  /** Of a way that was never measured: a fast Ethernet's. */
  private static final double ASSUMED_BYTES_PER_SECOND = 1e8;

  /** Measurements after which a way counts as well known, and how old the last may be for that. */
  private static final double SAMPLES_KNOWN = 5;

  private static final double SECONDS_FRESH = 60;

  /** Of a way that is hardly one. */
  private static final double MOST_LOSS = 0.9;

  private final Supplier<Collection<NodeId>> members;
  private final LongSupplier nanoTime;
  private final Map<String, Heard> reports = new TreeMap<>();

  private record Heard(NodeReport report, long atNanos) {}

  /**
   * Nothing is known yet.
   *
   * @param members of the swarm now: who has left is no part of the topology
   */
  public TopologyDirectory(Supplier<Collection<NodeId>> members, LongSupplier nanoTime) {
    this.members = members;
    this.nanoTime = nanoTime;
  }

  synchronized void heard(NodeId node, NodeReport report) {
    reports.put(node.hex(), new Heard(report, nanoTime.getAsLong()));
  }

  /** The reports that hold now, by node id. */
  public synchronized Map<String, NodeReport> reports() {
    List<String> present = members.get().stream().map(NodeId::hex).toList();
    long now = nanoTime.getAsLong();
    reports
        .entrySet()
        .removeIf(entry ->
            !present.contains(entry.getKey())
                || (now - entry.getValue().atNanos()) / 1e9 > LIFETIME_SECONDS);
    Map<String, NodeReport> held = new LinkedHashMap<>();
    reports.forEach((node, heard) -> held.put(node, heard.report()));
    return held;
  }

  /** Whether all these nodes' machines are known to be built alike. */
  public boolean areTwins(Collection<NodeId> nodes) {
    Map<String, NodeReport> held = reports();
    List<NodeReport> theirs =
        nodes.stream().map(node -> held.get(node.hex())).filter(Objects::nonNull).toList();
    return theirs.size() == nodes.size() && AlikeMachines.areTwins(theirs);
  }

  /**
   * The machines and the ways between them, as a head's planner takes them.
   *
   * @param head the node that is to drive the pipeline, whose memory is its own to use
   */
  public Topology topology(NodeId head) {
    return topology(reports(), head.hex());
  }

  /** The same of some reports. Pure. */
  public static Topology topology(Map<String, NodeReport> reports, String head) {
    List<NodeProfile> nodes = new ArrayList<>();
    List<Link> links = new ArrayList<>();
    AlikeMachines alike = new AlikeMachines(reports);
    reports.forEach((node, report) -> {
      nodes.add(profile(node, report, node.equals(head), alike.layerCosts(node, report)));
      for (NodeReport.Way way : report.ways()) {
        if (reports.containsKey(way.fromNode()) && !way.fromNode().equals(node)) {
          links.add(link(way, node));
        }
      }
    });
    return new Topology(nodes, links);
  }

  private static NodeProfile profile(
      String node, NodeReport report, boolean isHead, Map<String, LayerCost> layerCosts) {
    long usable = isHead ? report.availableBytes() : report.lendableBytes();
    boolean hosts = isHead || report.lentBytes() > 0;
    return new NodeProfile(
        node,
        new NodeProfile.Memory(report.totalBytes(), report.availableBytes(), usable),
        report.cores(),
        report.power(),
        report.labels(),
        hosts ? Set.of(NodeRole.WORKER) : Set.of(NodeRole.GATEWAY),
        layerCosts);
  }

  private static Link link(NodeReport.Way way, String to) {
    double known = Math.min(1, way.samples() / SAMPLES_KNOWN);
    double fresh = Math.min(1, SECONDS_FRESH / Math.max(1, way.ageSeconds()));
    double rate = way.bytesPerSecond() > 0 ? way.bytesPerSecond() : ASSUMED_BYTES_PER_SECOND;
    return new Link(
        way.fromNode(),
        to,
        way.roundTripMillis() / 1000,
        rate,
        Math.min(MOST_LOSS, way.heldUp()),
        way.ageSeconds(),
        known * fresh);
  }
}
