package dev.flotilla.sharding.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Big swarms. Prints how long planning takes; the benchmarks measure it. */
class PlannerScaleTest {
  private static final int NODES = 100;
  private static final int LAYERS = 126;
  private static final int RUNS = 30;

  private final long seed = Long.getLong("flotilla.seed", new Random().nextLong());

  /**
   * @param memoryShare how much of the model the median node holds
   */
  @ParameterizedTest
  @CsvSource({"0.04,LATENCY", "0.1,LATENCY", "0.5,LATENCY", "0.1,THROUGHPUT"})
  void plansForAHundredNodes(double memoryShare, Objective objective) {
    System.out.println("flotilla.seed=" + seed);
    double[] millis = new double[RUNS];
    for (int run = 0; run < RUNS; run++) {
      RandomSwarm swarm = new RandomSwarm(new SplittableRandom(seed + run));
      ModelShape model = swarm.model(LAYERS);
      Topology topology = swarm.topology(NODES, model, memoryShare);
      Constraints constraints = Constraints.DEFAULT.withObjective(objective).withSessions(8, 2048);
      long start = cpuNanos();
      PlanReport report = Planner.plan(topology, model, constraints);
      millis[run] = (cpuNanos() - start) / 1e6;
      assertThat(report.plans()).as("case %d", seed + run).isNotEmpty();
    }
    Arrays.sort(millis);
    System.out.printf(
        "%d nodes of which the median holds %.0f %%, %d layers, %s: processor time median %.1f ms, worst %.1f ms%n",
        NODES, memoryShare * 100, LAYERS, objective, millis[RUNS / 2], millis[RUNS - 1]);
  }

  /** Nothing that is built node by node can be cut here: layers of all sizes, two at a time. */
  @Test
  void findsAPlanWhereRoomIsTight() {
    RandomSwarm swarm = new RandomSwarm(new SplittableRandom(2037196558260043360L));
    ModelShape model = swarm.model(LAYERS);
    Topology topology = swarm.topology(NODES, model, 0.04);
    Constraints constraints = Constraints.DEFAULT.withSessions(8, 2048);
    Plan best = Planner.plan(topology, model, constraints).best().orElseThrow();
    int next = 0;
    for (Plan.Stage stage : best.stages()) {
      assertThat(stage.layers().from()).isEqualTo(next);
      assertThat(stage.memory().totalBytes()).isLessThanOrEqualTo(room(topology, stage.nodeId()));
      next = stage.layers().to();
    }
    assertThat(next).isEqualTo(LAYERS);
    assertThat(best.prediction().tokenSeconds()).isFinite();
  }

  private static long room(Topology topology, String nodeId) {
    return topology.nodes().stream()
        .filter(node -> node.nodeId().equals(nodeId))
        .mapToLong(node -> node.memory().usableBytes())
        .findFirst()
        .orElseThrow();
  }

  /** Of this thread: other work on the machine does not count. */
  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }
}
