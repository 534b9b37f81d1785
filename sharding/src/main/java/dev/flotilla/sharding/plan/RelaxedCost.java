package dev.flotilla.sharding.plan;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What nodes compute in a round if they were cut between any layers: every stage has a layer, and
 * the fastest nodes have as many of the others as there is room for. With the room for the smallest
 * layers that is a lower bound; with the room for the largest, what is found to fit does fit.
 */
final class RelaxedCost {

  /** Less than this is no difference. */
  private static final double ROUNDING = 1e-12;

  private final Problem problem;
  private final int[] roomFirst;
  private final int[] roomInside;
  private final int[] roomLast;
  private final boolean[] fitsAlone;
  private final Map<Integer, Speeds> allSpeeds = new HashMap<>();
  private Speeds speeds;

  /**
   * @param lowerBound whether rooms are those for the smallest layers
   */
  RelaxedCost(Problem problem, boolean lowerBound) {
    this.problem = problem;
    this.speeds = measureSpeeds(1);
    int nodes = problem.size();
    this.roomFirst = new int[nodes];
    this.roomInside = new int[nodes];
    this.roomLast = new int[nodes];
    this.fitsAlone = new boolean[nodes];
    for (int node = 0; node < nodes; node++) {
      fitsAlone[node] = problem.fits(node, 0, problem.layers);
      measureRoom(node, lowerBound);
    }
  }

  private void measureRoom(int node, boolean lowerBound) {
    int[] cuts = problem.cuts;
    int end = cuts.length - 1;
    for (int cut = 1; cut < end && problem.fits(node, 0, cuts[cut]); cut++) {
      roomFirst[node] = cuts[cut];
    }
    for (int cut = end - 1; cut > 0 && problem.fits(node, cuts[cut], problem.layers); cut--) {
      roomLast[node] = problem.layers - cuts[cut];
    }
    int most = 0;
    int least = Integer.MAX_VALUE;
    int to = 1;
    for (int from = 1; from < end; from++) {
      to = Math.max(to, from);
      while (to + 1 < end && problem.fits(node, cuts[from], cuts[to + 1])) {
        to++;
      }
      most = Math.max(most, cuts[to] - cuts[from]);
      if (to + 1 < end) {
        // Not for want of layers.
        least = Math.min(least, cuts[to] - cuts[from]);
      }
    }
    roomInside[node] = lowerBound ? most : Math.min(most, least);
  }

  /** Whether a node has room for any stage at all. */
  boolean isUseful(int node) {
    return fitsAlone[node] || roomFirst[node] > 0 || roomInside[node] > 0 || roomLast[node] > 0;
  }

  private int room(int node, int first, int last) {
    if (first == last) {
      return fitsAlone[node] ? problem.layers : 0;
    }
    if (node == first) {
      return roomFirst[node];
    }
    return node == last ? roomLast[node] : roomInside[node];
  }

  /**
   * The nodes' speeds with batches of one size.
   *
   * @param layerSeconds of each node
   * @param fastestFirst the nodes, sorted
   */
  private record Speeds(int batch, double[] layerSeconds, int[] fastestFirst) {}

  private Speeds speeds(int batch) {
    if (speeds.batch() != batch) {
      speeds = allSpeeds.computeIfAbsent(batch, this::measureSpeeds);
    }
    return speeds;
  }

  private Speeds measureSpeeds(int batch) {
    double[] seconds = new double[problem.size()];
    Arrays.setAll(seconds, node -> problem.layerSeconds(node, batch));
    int[] sorted =
        IntStream.range(0, problem.size())
            .boxed()
            .sorted(Comparator.comparingDouble(node -> seconds[node]))
            .mapToInt(Integer::intValue)
            .toArray();
    return new Speeds(batch, seconds, sorted);
  }

  /**
   * A bound on a round's seconds.
   *
   * @param members which nodes are in the pipeline
   * @param stages how many these are
   * @param first the node of the first stage
   * @param last the node of the last
   * @param linkSeconds at most what the links take for the whole way
   * @param missingSeconds what each layer for which there is no room counts; infinite to refuse
   *     them
   * @param withinSeconds a bound that is not below this may be any such
   */
  double roundSeconds(
      boolean[] members,
      int stages,
      int first,
      int last,
      double linkSeconds,
      double missingSeconds,
      double withinSeconds) {
    if (linkSeconds >= withinSeconds) {
      return linkSeconds;
    }
    double way = linkSeconds + computeSeconds(members, stages, first, last, missingSeconds);
    return way >= withinSeconds ? way : Math.max(way, busySeconds(members, stages, first, last));
  }

  /** A bound on what one group of streams is computed on; the parameters as above. */
  double computeSeconds(boolean[] members, int stages, int first, int last, double missingSeconds) {
    Speeds now = speeds(problem.batch(stages));
    double[] layerSeconds = now.layerSeconds();
    int rest = problem.layers - stages;
    double seconds = problem.model.headLayers() * layerSeconds[last];
    int missing = Math.max(0, -rest);
    int toCome = stages;
    for (int node : now.fastestFirst()) {
      if (members[node]) {
        int room = room(node, first, last);
        missing += room == 0 ? 1 : 0;
        int more = Math.clamp(rest, 0, Math.max(0, room - 1));
        rest -= more;
        seconds += (1 + more) * layerSeconds[node];
        if (--toCome == 0) {
          break;
        }
      }
    }
    missing += Math.max(0, rest);
    return missing == 0 ? seconds : seconds + missing * missingSeconds;
  }

  /**
   * A bound on how long all groups keep the busiest node busy: the least time in which the nodes
   * together can compute all layers, none of them more than it has room for.
   */
  double busySeconds(boolean[] members, int stages, int first, int last) {
    int groups = problem.groups(stages);
    if (groups == 1) {
      return 0;
    }
    Speeds now = speeds(problem.batch(stages));
    double[] steps = new double[stages];
    double[] rooms = new double[stages];
    int count = 0;
    for (int node = 0; node < members.length && count < stages; node++) {
      if (members[node]) {
        steps[count] = now.layerSeconds()[node];
        rooms[count++] = room(node, first, last);
      }
    }
    double seconds = Arrays.stream(steps).max().orElse(0);
    while (true) {
      double layersPerSecond = 0;
      double layers = problem.layers;
      for (int i = 0; i < count; i++) {
        if (rooms[i] * steps[i] <= seconds) {
          layers -= rooms[i];
        } else {
          layersPerSecond += 1 / steps[i];
        }
      }
      double filled = layersPerSecond == 0 ? 0 : layers / layersPerSecond;
      if (filled <= seconds * (1 + ROUNDING)) {
        break;
      }
      seconds = filled;
    }
    return groups * seconds;
  }

  /** A node's room inside a pipeline, in layers. */
  int usualRoom(int node) {
    return Math.max(roomInside[node], Math.max(roomFirst[node], roomLast[node]));
  }

  /** The times per layer of all nodes, the least first. */
  double[] sortedLayerSeconds() {
    double[] steps = new double[problem.size()];
    Arrays.setAll(steps, node -> problem.layerSeconds(node, 1));
    Arrays.sort(steps);
    return steps;
  }
}
