package dev.flotilla.node.instances;

import dev.flotilla.federation.state.Member;
import dev.flotilla.federation.state.SwarmState;
import dev.flotilla.node.lending.WorkerOffer;
import dev.flotilla.node.placement.SwarmTopology;
import dev.flotilla.node.topology.ModelOffer;
import dev.flotilla.node.topology.NodeReport;
import dev.flotilla.node.topology.TopologyDirectory;
import dev.flotilla.sharding.plan.Topology;
import dev.flotilla.tokens.NodeId;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The swarm at one moment, as one of its nodes sees it.
 *
 * @param state what is decided
 * @param reports what nodes say of themselves, by id
 * @param offers what they lend
 * @param version of Flotilla that stages must run
 */
public record SwarmView(
    SwarmState state,
    Map<String, NodeReport> reports,
    Map<NodeId, WorkerOffer> offers,
    String version) {
  public SwarmView {
    reports = Map.copyOf(reports);
    offers = Map.copyOf(offers);
  }

  /** Nodes in sight that may drive pipelines and have a file of a model, by id. */
  public SortedMap<String, ModelOffer> owners(String modelId) {
    SortedMap<String, ModelOffer> owners = new TreeMap<>();
    reports.forEach((node, report) -> {
      if (votes(node)) {
        report.models().stream()
            .filter(offer -> offer.id().equals(modelId))
            .findFirst()
            .ifPresent(offer -> owners.put(node, offer));
      }
    });
    return owners;
  }

  /** All models that some node in sight may drive, by name; of unequal files the agreed one. */
  public SortedMap<String, ModelOffer> models() {
    Set<String> names = new TreeSet<>();
    reports.forEach((node, report) -> {
      if (votes(node)) {
        report.models().forEach(offer -> names.add(offer.id()));
      }
    });
    SortedMap<String, ModelOffer> models = new TreeMap<>();
    names.forEach(name -> contents(name).ifPresent(agreed -> models.put(name, agreed)));
    return models;
  }

  private boolean votes(String node) {
    Member member = state.members().get(node);
    return member != null && member.votes();
  }

  /**
   * Which file a name means: the one that the swarm has agreed on as long as some node has it or a
   * pipeline runs it, otherwise the one that most nodes have.
   */
  public Optional<ModelOffer> contents(String modelId) {
    Map<String, ModelOffer> byDigest = new HashMap<>();
    Map<String, Integer> counts = new TreeMap<>();
    for (ModelOffer offer : owners(modelId).values()) {
      byDigest.putIfAbsent(offer.digest(), offer);
      counts.merge(offer.digest(), 1, Integer::sum);
    }
    String agreed = agreedDigest(modelId);
    if (byDigest.containsKey(agreed)) {
      return Optional.of(byDigest.get(agreed));
    }
    boolean isRun =
        state.placements().values().stream().anyMatch(each -> each.modelId().equals(modelId));
    return isRun
        ? Optional.empty()
        : counts.entrySet().stream()
            .max(Map.Entry.comparingByValue())
            .map(most -> byDigest.get(most.getKey()));
  }

  /** The same with other reports. */
  SwarmView with(Map<String, NodeReport> others) {
    Map<NodeId, WorkerOffer> left = new LinkedHashMap<>(offers);
    left.keySet().removeIf(node -> !others.containsKey(node.hex()));
    return new SwarmView(state, others, left, version);
  }

  /** The digest of the file that the swarm has agreed on; empty if there is none. */
  String agreedDigest(String modelId) {
    var known = state.models().get(modelId);
    return known == null ? "" : known.digest();
  }

  /** What pipelines may still take of a node, as it is decided. */
  long roomBytes(String node) {
    Member member = state.members().get(node);
    return member == null ? 0 : Math.max(0, member.lentBytes() - state.placedBytes(node));
  }

  /** The swarm as pipelines are planned on it that a node drives. */
  Topology topology(String head) {
    NodeReport own = reports.get(head);
    if (own == null) {
      throw new IllegalArgumentException("node %s is not in sight".formatted(head));
    }
    Map<NodeId, WorkerOffer> left = new LinkedHashMap<>();
    offers.forEach((node, offer) -> left.put(node, bounded(offer, roomBytes(node.hex()))));
    return SwarmTopology.of(
        new NodeId(head),
        Math.min(own.availableBytes(), roomBytes(head)),
        own.cores(),
        left,
        version,
        TopologyDirectory.topology(reports, head));
  }

  private static WorkerOffer bounded(WorkerOffer offer, long roomBytes) {
    return new WorkerOffer(
        offer.version(),
        offer.lentBytes(),
        Math.min(offer.freeBytes(), roomBytes),
        offer.threads(),
        offer.stages(),
        offer.slices(),
        offer.draining());
  }
}
