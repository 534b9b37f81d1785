package dev.flotilla.sharding.plan;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/** Topologies, models and constraints of a seeded generator. */
final class RandomSwarm {
  static final long MIB = 1 << 20;
  static final long GIB = 1 << 30;

  private final RandomGenerator random;

  RandomSwarm(RandomGenerator random) {
    this.random = random;
  }

  /** A model whose layers may differ, and that may be cut in most places. */
  ModelShape model(int layers) {
    long layerBytes = between(50, 900) * MIB;
    boolean even = random.nextBoolean();
    List<Long> bytes = new ArrayList<>();
    List<Long> caches = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      bytes.add(even ? layerBytes : (long) (layerBytes * (0.5 + random.nextDouble())));
      caches.add(even || random.nextInt(3) > 0 ? 4096L : 512L);
    }
    SortedSet<Integer> cuts = new TreeSet<>();
    int period = random.nextInt(4) == 0 ? 2 : 1;
    for (int cut = period; cut < layers; cut += period) {
      cuts.add(cut);
    }
    boolean tied = random.nextBoolean();
    long embedding = between(20, 800) * MIB;
    return new ModelShape(
        "model",
        "shape",
        bytes,
        caches,
        layerBytes,
        embedding,
        tied ? embedding : between(20, 800) * MIB,
        tied,
        4096,
        64 * MIB,
        128 * MIB,
        cuts);
  }

  /** Machines from old to new in a home or two: fast links inside, slow ones between. */
  Topology topology(int size, ModelShape model, double memoryShare) {
    long whole =
        model.layerBytes().stream().mapToLong(Long::longValue).sum()
            + model.embeddingBytes()
            + model.headBytes();
    List<NodeProfile> nodes = new ArrayList<>();
    for (int node = 0; node < size; node++) {
      double share = memoryShare * Math.exp(random.nextGaussian() * 0.7);
      nodes.add(node("n" + node, (long) (whole * share), PowerSource.MAINS, speed(model)));
    }
    return new Topology(nodes, links(nodes));
  }

  private LayerCost speed(ModelShape model) {
    double bytesPerSecond = 5e9 * Math.exp(random.nextDouble() * Math.log(40));
    double decode = model.activeLayerBytes() / bytesPerSecond;
    return new LayerCost(model.activeLayerBytes(), decode / between(3, 40), decode);
  }

  static NodeProfile node(String id, long bytes, PowerSource power, LayerCost cost) {
    return new NodeProfile(
        id,
        new NodeProfile.Memory(2 * bytes, bytes, bytes),
        8,
        power,
        Map.of(),
        Set.of(NodeRole.WORKER),
        Map.of("shape", cost));
  }

  private List<Link> links(List<NodeProfile> nodes) {
    boolean[] away = new boolean[nodes.size()];
    boolean twoHomes = random.nextInt(3) == 0;
    List<Link> links = new ArrayList<>();
    for (int from = 0; from < away.length; from++) {
      away[from] = twoHomes && random.nextBoolean();
      for (int to = 0; to < from; to++) {
        if (random.nextInt(40) > 0) {
          double rtt = away[from] == away[to] ? between(1, 60) * 1e-4 : between(10, 80) * 1e-3;
          String one = nodes.get(from).nodeId();
          String other = nodes.get(to).nodeId();
          links.add(link(one, other, rtt));
          links.add(link(other, one, rtt));
        }
      }
    }
    Collections.shuffle(links, new java.util.Random(random.nextLong()));
    return links;
  }

  private Link link(String from, String to, double rtt) {
    double loss = random.nextInt(4) == 0 ? random.nextDouble() * 0.02 : 0;
    return new Link(from, to, rtt, between(3, 120) * 1e6, loss, 1, 0.5 + random.nextDouble() / 2);
  }

  Constraints constraints(Topology topology) {
    Constraints constraints =
        Constraints.DEFAULT.withSessions(1 + random.nextInt(12), between(1, 8) * 512);
    if (random.nextBoolean()) {
      constraints = constraints.withObjective(Objective.THROUGHPUT);
    }
    if (random.nextInt(5) == 0) {
      int min = between(1, 3);
      constraints = constraints.withNodes(min, min + random.nextInt(3));
    }
    if (random.nextInt(6) == 0) {
      String pinned = topology.nodes().get(random.nextInt(topology.nodes().size())).nodeId();
      constraints = constraints.withPinned(Set.of(pinned), Set.of());
    }
    return constraints;
  }

  int between(int from, int to) {
    return from + random.nextInt(to - from + 1);
  }
}
