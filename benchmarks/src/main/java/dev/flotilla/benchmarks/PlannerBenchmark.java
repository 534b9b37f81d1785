package dev.flotilla.benchmarks;

import dev.flotilla.sharding.plan.Constraints;
import dev.flotilla.sharding.plan.LayerCost;
import dev.flotilla.sharding.plan.Link;
import dev.flotilla.sharding.plan.ModelShape;
import dev.flotilla.sharding.plan.NodeProfile;
import dev.flotilla.sharding.plan.NodeRole;
import dev.flotilla.sharding.plan.Objective;
import dev.flotilla.sharding.plan.PlanReport;
import dev.flotilla.sharding.plan.Planner;
import dev.flotilla.sharding.plan.PowerSource;
import dev.flotilla.sharding.plan.Topology;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Plans for a model of 126 layers: ten different swarms in turn, so that none is learnt. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 5)
@Measurement(iterations = 5, time = 5)
@Fork(1)
public class PlannerBenchmark {
  private static final int LAYERS = 126;
  private static final int SWARMS = 10;
  private static final long LAYER_BYTES = 1L << 30;

  @Param({"10", "100"})
  private int nodes;

  /** How much of the model a node holds in the mean. */
  @Param({"0.04", "0.1", "0.5"})
  private double memoryShare;

  @Param private Objective objective = Objective.LATENCY;

  private final List<Topology> swarms = new ArrayList<>();
  private final ModelShape model =
      new ModelShape(
          "model",
          "shape",
          Collections.nCopies(LAYERS, LAYER_BYTES),
          Collections.nCopies(LAYERS, 4096L),
          LAYER_BYTES,
          LAYER_BYTES,
          LAYER_BYTES,
          false,
          16_384,
          64 << 20,
          256 << 20,
          IntStream.range(1, LAYERS).boxed().collect(Collectors.toCollection(TreeSet::new)));
  private Constraints constraints = Constraints.DEFAULT;
  private int next;

  /** Makes the swarms, the same each time. */
  @Setup
  public void makeSwarms() {
    constraints = Constraints.DEFAULT.withObjective(objective).withSessions(8, 2048);
    for (int seed = 0; seed < SWARMS; seed++) {
      swarms.add(swarm(new SplittableRandom(seed)));
    }
  }

  private Topology swarm(SplittableRandom random) {
    List<NodeProfile> profiles = new ArrayList<>();
    List<Link> links = new ArrayList<>();
    for (int node = 0; node < nodes; node++) {
      long bytes = (long) (LAYERS * LAYER_BYTES * memoryShare * 2 * random.nextDouble());
      double decode = 0.002 + 0.05 * random.nextDouble();
      profiles.add(
          new NodeProfile(
              "n" + node,
              new NodeProfile.Memory(bytes, bytes, bytes),
              8,
              PowerSource.MAINS,
              Map.of(),
              Set.of(NodeRole.WORKER),
              Map.of("shape", new LayerCost(LAYER_BYTES, decode / 20, decode))));
      for (int other = 0; other < node; other++) {
        double rtt = 1e-4 + 0.02 * random.nextDouble();
        double speed = 1e7 + 1e9 * random.nextDouble();
        links.add(new Link("n" + node, "n" + other, rtt, speed, 0, 0, 1));
        links.add(new Link("n" + other, "n" + node, rtt, speed, 0, 0, 1));
      }
    }
    return new Topology(profiles, links);
  }

  /** One plan, with its alternatives and reasons. */
  @Benchmark
  public PlanReport plan() {
    next = (next + 1) % SWARMS;
    return Planner.plan(swarms.get(next), model, constraints);
  }
}
