package dev.flotilla.sharding.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** How good plans are: against every possible plan, and against a split by memory. */
class PlannerOptimumTest {
  private static final int SWARMS = Integer.getInteger("flotilla.swarms", 3000);
  private static final double WORST_RATIO = 1.03;

  private final long seed = Long.getLong("flotilla.seed", new Random().nextLong());

  private record Case(Topology topology, ModelShape model, Constraints constraints) {}

  private static Case smallCase(long seed, int maxNodes) {
    SplittableRandom random = new SplittableRandom(seed);
    RandomSwarm swarm = new RandomSwarm(random);
    ModelShape model = swarm.model(2 + random.nextInt(7));
    Topology topology =
        swarm.topology(1 + random.nextInt(maxNodes), model, 0.2 + random.nextDouble());
    return new Case(topology, model, swarm.constraints(topology));
  }

  private static double roundSeconds(Case each, Plan plan) {
    return switch (each.constraints().objective()) {
      case LATENCY -> plan.prediction().tokenSeconds();
      case THROUGHPUT -> each.constraints().slots() / plan.prediction().throughput();
    };
  }

  @Test
  void isNeverMuchWorseThanTheOptimum() {
    System.out.println("flotilla.seed=" + seed);
    int possible = 0;
    int exact = 0;
    double worst = 1;
    for (int i = 0; i < SWARMS; i++) {
      long caseSeed = seed + i;
      Case each = smallCase(caseSeed, 7);
      double optimum = BruteForce.roundSeconds(each.topology(), each.model(), each.constraints());
      PlanReport report = Planner.plan(each.topology(), each.model(), each.constraints());
      assertThat(report.best().isPresent())
          .as("a plan in case %d of optimum %s", caseSeed, optimum)
          .isEqualTo(Double.isFinite(optimum));
      if (report.best().isPresent()) {
        double ratio = roundSeconds(each, report.best().get()) / optimum;
        assertThat(ratio).as("ratio in case %d", caseSeed).isBetween(1 - 1e-9, WORST_RATIO);
        possible++;
        exact += ratio < 1 + 1e-9 ? 1 : 0;
        worst = Math.max(worst, ratio);
      }
    }
    System.out.printf(
        "%d swarms, %d with a plan, %d optimal, worst ratio %.4f%n",
        SWARMS, possible, exact, worst);
    assertThat(possible).isGreaterThan(SWARMS / 3);
  }

  @Test
  void manyNodesAreSearchedNearlyAsWellAsFew() {
    // The search for many nodes on swarms that are small enough for the exact one.
    System.out.println("flotilla.seed=" + seed);
    int count = SWARMS / 30;
    double[] ratios = new double[count];
    int cases = 0;
    for (int i = 0; cases < count; i++) {
      SplittableRandom random = new SplittableRandom(seed + i);
      RandomSwarm swarm = new RandomSwarm(random);
      ModelShape model = swarm.model(24);
      Topology topology = swarm.topology(9, model, 0.1 + 0.5 * random.nextDouble());
      Problem problem =
          new Problem(
              topology,
              topology.nodes(),
              model,
              swarm.constraints(topology).withPinned(Set.of(), Set.of()));
      RelaxedCost relaxed = new RelaxedCost(problem, true);
      LayerCuts cuts = new LayerCuts(problem);
      boolean[] pinned = new boolean[9];
      Ranking exact = new Ranking();
      int[] all = {0, 1, 2, 3, 4, 5, 6, 7, 8};
      new ExactSearch(problem, all, pinned, relaxed, cuts, 1_000_000).search(exact);
      Ranking local = new Ranking();
      new LocalSearch(problem, pinned, cuts).search(local);
      if (Double.isFinite(exact.bestSeconds())) {
        ratios[cases++] = local.bestSeconds() / exact.bestSeconds();
      }
    }
    Arrays.sort(ratios);
    System.out.printf(
        "local against exact search: median %.4f, 99th percentile %.4f, worst %.4f%n",
        ratios[count / 2], ratios[count * 99 / 100], ratios[count - 1]);
    assertThat(ratios[count / 2]).isCloseTo(1, within(0.01));
    assertThat(ratios[count * 9 / 10]).isLessThan(1.1);
  }

  @Test
  void isFasterThanASplitByMemory() {
    System.out.println("flotilla.seed=" + seed);
    int count = SWARMS / 10;
    double[] overFewest = new double[count];
    double[] overAll = new double[count];
    for (int i = 0, cases = 0; cases < count; i++) {
      SplittableRandom random = new SplittableRandom(seed + i);
      RandomSwarm swarm = new RandomSwarm(random);
      ModelShape model = swarm.model(32);
      Topology topology = swarm.topology(3 + random.nextInt(6), model, 0.4);
      MemoryProportionalSplit split =
          new MemoryProportionalSplit(topology, model, Constraints.DEFAULT);
      if (!split.fitsOneNode() && Double.isFinite(split.tokenSecondsOverFewest())) {
        Plan plan = Planner.plan(topology, model, Constraints.DEFAULT).best().orElseThrow();
        double seconds = plan.prediction().tokenSeconds();
        overFewest[cases] = split.tokenSecondsOverFewest() / seconds;
        overAll[cases] = split.tokenSecondsOverAll() / seconds;
        cases++;
      }
    }
    Arrays.sort(overFewest);
    Arrays.sort(overAll);
    System.out.printf(
        "models that no node holds alone, %d swarms; against a split by memory over the fewest "
            + "nodes: median %.2f times as fast, quartiles %.2f and %.2f; over all: median %.2f%n",
        count,
        overFewest[count / 2],
        overFewest[count / 4],
        overFewest[count * 3 / 4],
        overAll[count / 2]);
    assertThat(overFewest[0]).isGreaterThan(1 / LayerCuts.LEVELLING - 1e-9);
    assertThat(overFewest[count / 2]).isGreaterThan(1.5);
    assertThat(overAll[count / 2]).isGreaterThan(1.5);
  }
}
