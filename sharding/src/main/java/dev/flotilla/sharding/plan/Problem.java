package dev.flotilla.sharding.plan;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Topology, model and constraints as numbers: nodes are indexes here, layers counts, times seconds.
 * Only nodes that the constraints allow are in it.
 */
final class Problem {
  final ModelShape model;
  final Constraints constraints;
  final List<NodeProfile> nodes;
  final int layers;

  /** Positions where a stage may begin or end: 0, the legal cuts, all layers. */
  final int[] cuts;

  /** Streams that share the pipeline, as the objective counts them. */
  final int streams;

  private final LayerCost[] costs;
  private final CostBasis[] bases;
  private final long[] roomBytes;
  private final double[][] latency;
  private final double[][] perByte;
  private final double[][] tokenHop;
  private final long[] weightsBefore;
  private final long[] cacheBefore;

  Problem(Topology topology, List<NodeProfile> nodes, ModelShape model, Constraints constraints) {
    this.model = model;
    this.constraints = constraints;
    this.nodes = List.copyOf(nodes);
    this.layers = model.layers();
    this.streams = constraints.streams();
    int[] inner = model.cuts().stream().mapToInt(Integer::intValue).toArray();
    this.cuts = new int[inner.length + 2];
    System.arraycopy(inner, 0, cuts, 1, inner.length);
    cuts[cuts.length - 1] = layers;

    NodeSpeeds speeds = new NodeSpeeds(topology, model);
    int count = nodes.size();
    this.costs = new LayerCost[count];
    this.bases = new CostBasis[count];
    this.roomBytes = new long[count];
    for (int node = 0; node < count; node++) {
      costs[node] = speeds.cost(nodes.get(node));
      bases[node] = speeds.basis(nodes.get(node));
      roomBytes[node] = nodes.get(node).memory().usableBytes();
    }
    this.latency = new double[count][count];
    this.perByte = new double[count][count];
    this.tokenHop = new double[count][count];
    readLinks(topology);
    for (int from = 0; from < count; from++) {
      for (int to = 0; to < count; to++) {
        tokenHop[from][to] = hopSeconds(from, to, 1);
      }
    }

    this.weightsBefore = new long[layers + 1];
    this.cacheBefore = new long[layers + 1];
    for (int layer = 0; layer < layers; layer++) {
      weightsBefore[layer + 1] = weightsBefore[layer] + model.layerBytes().get(layer);
      cacheBefore[layer + 1] =
          cacheBefore[layer] + model.kvBytesPerToken().get(layer) * constraints.cachedTokens();
    }
  }

  private void readLinks(Topology topology) {
    for (double[] row : latency) {
      Arrays.fill(row, Double.POSITIVE_INFINITY);
    }
    Map<String, Integer> indexes = new HashMap<>();
    for (int node = 0; node < nodes.size(); node++) {
      indexes.put(nodes.get(node).nodeId(), node);
      latency[node][node] = 0;
    }
    for (Link link : topology.links()) {
      Integer from = indexes.get(link.from());
      Integer to = indexes.get(link.to());
      if (from != null && to != null) {
        latency[from][to] = link.latencySeconds();
        perByte[from][to] = link.secondsPerByte();
      }
    }
  }

  int size() {
    return nodes.size();
  }

  /** Seconds per layer for a batch of one token of each of so many streams. */
  double layerSeconds(int node, int batch) {
    LayerCost cost = costs[node];
    return cost.decodeSeconds() + (batch - 1) * cost.prefillSecondsPerToken();
  }

  double prefillSeconds(int node) {
    return costs[node].prefillSecondsPerToken();
  }

  CostBasis basis(int node) {
    return bases[node];
  }

  /** Seconds until the activations of so many tokens have arrived; infinite without a link. */
  double hopSeconds(int from, int to, int tokens) {
    return latency[from][to] + wireSeconds(from, to, tokens);
  }

  /** {@link #hopSeconds} of one token. */
  double tokenHopSeconds(int from, int to) {
    return tokenHop[from][to];
  }

  /** Seconds for which the activations of so many tokens keep the link busy. */
  double wireSeconds(int from, int to, int tokens) {
    return tokens * model.activationBytes() * perByte[from][to];
  }

  /** Seconds until a sampled token is back at the first stage. */
  double returnSeconds(int last, int first) {
    return latency[last][first];
  }

  /** What the layers {@code [from, to)} take as a stage. */
  Plan.MemoryNeed need(int from, int to) {
    boolean first = from == 0;
    boolean last = to == layers;
    long weights = weightsBefore[to] - weightsBefore[from];
    weights += first ? model.embeddingBytes() : 0;
    weights += last && !(first && model.tiedHead()) ? model.headBytes() : 0;
    long cache = cacheBefore[to] - cacheBefore[from];
    long buffers = model.stageBufferBytes() + (last ? model.headBufferBytes() : 0);
    long headroom = (long) Math.ceil((weights + cache + buffers) * constraints.headroom());
    return new Plan.MemoryNeed(weights, cache, buffers, headroom);
  }

  boolean fits(int node, int from, int to) {
    return needBytes(from, to) <= roomBytes[node];
  }

  /** {@link #need}'s total, without the record. */
  private long needBytes(int from, int to) {
    long bytes = weightsBefore[to] - weightsBefore[from] + cacheBefore[to] - cacheBefore[from];
    bytes += model.stageBufferBytes();
    if (from == 0) {
      bytes += model.embeddingBytes();
    }
    if (to == layers) {
      bytes += model.headBufferBytes();
      bytes += from == 0 && model.tiedHead() ? 0 : model.headBytes();
    }
    return bytes + (long) Math.ceil(bytes * constraints.headroom());
  }

  long roomBytes(int node) {
    return roomBytes[node];
  }

  /** Groups that take turns in a pipeline of so many stages. */
  int groups(int stages) {
    return Math.min(stages, streams);
  }

  /** Streams of a group. */
  int batch(int stages) {
    return Math.ceilDiv(streams, groups(stages));
  }
}
