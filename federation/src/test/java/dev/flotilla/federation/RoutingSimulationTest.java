package dev.flotilla.federation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.federation.SimulatedReplica.Job;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** The policies against one another and against an oracle, in simulated time. */
class RoutingSimulationTest {
  private static final double[] FACTORS = {1, 2, 4, 8, 1, 2, 4, 8};
  private static final int REQUESTS = 400;
  private static final int TRACES = 4;

  private final long seed = Long.getLong("flotilla.seed", 20_261_122);

  @Test
  void predictedIsNearAnOracleAndNeverWorseThanLeastLoaded() {
    System.out.printf("seed %d, means of %d traces%n", seed, TRACES);
    for (boolean bursty : List.of(false, true)) {
      for (double perSecond : new double[] {1, 2.5, 4}) {
        List<List<Job>> traces = new ArrayList<>();
        for (int i = 0; i < TRACES; i++) {
          traces.add(SwarmSimulation.mixedTrace(REQUESTS, perSecond, bursty, seed + i));
        }
        double oracle =
            Math.min(
                mean(traces, simulation -> simulation.oracle(false)),
                mean(traces, simulation -> simulation.oracle(true)));
        for (int gateways : new int[] {1, 2, 4, 8, 16}) {
          double asked = mean(traces, new PredictedRouting(), PredictedRouting.PROBES, gateways);
          double heard = mean(traces, new PredictedRouting(), 1, gateways);
          double leastLoaded = mean(traces, RoutingPolicies.leastLoaded(), 1, gateways);
          double roundRobin = mean(traces, RoutingPolicies.roundRobin(), 1, gateways);
          System.out.printf(
              "%-7s %3.1f/s %2d gateways: oracle %5.2f s, predicted %5.2f s (+%4.1f %%), without"
                  + " probes %5.2f s, least-loaded %5.2f s, round-robin %5.2f s%n",
              bursty ? "bursty" : "poisson",
              perSecond,
              gateways,
              oracle,
              asked,
              100 * (asked / oracle - 1),
              heard,
              leastLoaded,
              roundRobin);
          assertThat(asked).isLessThanOrEqualTo(1.15 * oracle);
          assertThat(heard).isLessThanOrEqualTo(leastLoaded);
        }
      }
    }
  }

  private double mean(List<List<Job>> traces, RoutingPolicy policy, int probes, int gateways) {
    return mean(traces, simulation -> simulation.routed(policy, probes, gateways, seed));
  }

  private static double mean(List<List<Job>> traces, Function<SwarmSimulation, List<Job>> run) {
    return traces.stream()
        .mapToDouble(trace -> SwarmSimulation.meanCompletion(run.apply(simulation(trace))))
        .average()
        .orElseThrow();
  }

  private static SwarmSimulation simulation(List<Job> trace) {
    List<SimulatedReplica> replicas = new ArrayList<>();
    for (int i = 0; i < FACTORS.length; i++) {
      replicas.add(new SimulatedReplica("%064x".formatted(i + 1), 4, FACTORS[i], false));
    }
    return new SwarmSimulation(replicas, trace.stream().map(Job::copy).toList());
  }

  @Test
  void sharedPrefixesAreServedWhereTheyAreCached() {
    Random random = new Random(seed);
    List<String> systems = new ArrayList<>();
    for (int i = 0; i < 24; i++) {
      systems.add(text(random, 24_000));
    }
    List<Job> trace = new ArrayList<>();
    double time = 0;
    for (int i = 0; i < 1_200; i++) {
      time += -Math.log(1 - random.nextDouble()) / 1.2;
      // 5,760 of 6,000 tokens are a prefix that 24 tenants share among their own requests.
      String prompt = systems.get(random.nextInt(systems.size())) + text(random, 1_000);
      trace.add(
          new Job(
              time,
              PrefixChain.of(prompt),
              prompt.length() / 4.0,
              20 + 20 * random.nextDouble(),
              30));
    }
    double predicted = firstToken(trace, new PredictedRouting());
    double roundRobin = firstToken(trace, RoutingPolicies.roundRobin());
    System.out.printf(
        "shared prefixes: TTFT p90 predicted %.3f s, round-robin %.3f s: %.1f times%n",
        predicted, roundRobin, roundRobin / predicted);
    assertThat(roundRobin / predicted).isGreaterThan(10);
  }

  private double firstToken(List<Job> trace, RoutingPolicy policy) {
    List<SimulatedReplica> replicas = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      replicas.add(new SimulatedReplica("%064x".formatted(i + 1), 4, 4, true));
    }
    List<Job> jobs = trace.stream().map(Job::copy).toList();
    new SwarmSimulation(replicas, jobs).routed(policy, 1, 4, seed);
    return SwarmSimulation.firstTokenPercentile(jobs, 0.9);
  }

  private static String text(Random random, int chars) {
    StringBuilder text = new StringBuilder(chars);
    for (int i = 0; i < chars; i++) {
      text.append((char) ('a' + random.nextInt(26)));
    }
    return text.toString();
  }
}
