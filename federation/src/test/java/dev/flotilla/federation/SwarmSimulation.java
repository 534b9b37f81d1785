package dev.flotilla.federation;

import dev.flotilla.federation.RoutingPolicy.Moment;
import dev.flotilla.federation.SimulatedReplica.Job;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/**
 * Gateways that route a trace of requests over replicas, in simulated time. Announcements come once
 * a second; what a gateway knows besides are its own requests. Everything follows from the seed.
 */
final class SwarmSimulation {
  private static final double HEARTBEAT_SECONDS = 1;

  /** A request, or a question for the load, on its way between two machines. */
  private static final double ONE_WAY_SECONDS = 0.0005;

  private final List<SimulatedReplica> replicas;
  private final List<Job> trace;
  private final Deque<Arrival> underWay = new ArrayDeque<>();

  private record Arrival(SimulatedReplica replica, Job job, double time) {}

  SwarmSimulation(List<SimulatedReplica> replicas, List<Job> trace) {
    this.replicas = replicas;
    this.trace = trace;
  }

  /** A gateway and what it has seen. */
  private static final class Gateway {
    private final InFlightLedger ledger = new InFlightLedger();
    private final List<InFlightLedger.Session> sessions = new ArrayList<>();
    private final List<Job> jobs = new ArrayList<>();
    private double rate;
    private double lastRequest;
    private long turn;
  }

  /**
   * Every request is routed by a policy at a random gateway, which asks the {@code probes} best
   * replicas how they are before it decides between them.
   */
  List<Job> routed(RoutingPolicy policy, int probes, int gatewayCount, long seed) {
    Random random = new Random(seed);
    List<Gateway> gateways = new ArrayList<>();
    for (int i = 0; i < gatewayCount; i++) {
      gateways.add(new Gateway());
    }
    double[] nextBeat = new double[replicas.size()];
    ReplicaAnnouncement[] announced = new ReplicaAnnouncement[replicas.size()];
    double[] announcedAt = new double[replicas.size()];
    for (int i = 0; i < nextBeat.length; i++) {
      announced[i] = replicas.get(i).announce();
      nextBeat[i] = random.nextDouble() * HEARTBEAT_SECONDS;
    }
    for (Job job : trace) {
      for (int i = 0; i < nextBeat.length; i++) {
        while (nextBeat[i] <= job.arrived) {
          arriveUntil(nextBeat[i]);
          replicas.get(i).advance(nextBeat[i]);
          announced[i] = replicas.get(i).announce();
          announcedAt[i] = nextBeat[i];
          nextBeat[i] += HEARTBEAT_SECONDS * (0.9 + 0.2 * random.nextDouble());
        }
      }
      arriveUntil(job.arrived + ONE_WAY_SECONDS);
      Gateway gateway = gateways.get(random.nextInt(gatewayCount));
      route(job, policy, probes, gateway, announced, announcedAt, random);
    }
    arriveUntil(Double.POSITIVE_INFINITY);
    finish();
    return trace;
  }

  private void route(
      Job job,
      RoutingPolicy policy,
      int probes,
      Gateway gateway,
      ReplicaAnnouncement[] announced,
      double[] announcedAt,
      Random random) {
    long now = nanos(job.arrived);
    for (int i = 0; i < gateway.jobs.size(); i++) {
      if (gateway.jobs.get(i).finished <= job.arrived) {
        gateway.ledger.end(gateway.sessions.get(i), nanos(gateway.jobs.get(i).finished));
        gateway.jobs.remove(i);
        gateway.sessions.remove(i);
        i--;
      }
    }
    double arrivals = 0;
    List<Replica> views = new ArrayList<>();
    for (int i = 0; i < announced.length; i++) {
      long heard = nanos(announcedAt[i]);
      arrivals += announced[i].arrivalsPerSecond();
      views.add(
          new Replica(
              announced[i],
              heard,
              0.001,
              gateway.ledger.unannounced(replicas.get(i).nodeId, heard, now)));
    }
    double gap = job.arrived - gateway.lastRequest;
    gateway.lastRequest = job.arrived;
    double weight = 1 - Math.exp(-gap / 5);
    gateway.rate += weight * (1 / Math.max(gap, 1e-3) - gateway.rate);
    RouteRequest request = new RouteRequest(job.prompt, job.promptTokens, job.expectedOutput);
    Moment moment = new Moment(now, Math.max(0, arrivals - gateway.rate), gateway.turn++, random);
    List<Replica> ranked = policy.rank(views, request, moment);
    double decided = job.arrived;
    if (probes > 1) {
      List<Replica> fresh = new ArrayList<>();
      for (Replica replica : ranked.subList(0, probes)) {
        SimulatedReplica asked = replica(replica);
        asked.advance(job.arrived + ONE_WAY_SECONDS);
        fresh.add(new Replica(asked.current(), now, 0.001, Load.NONE));
      }
      ranked = policy.rank(fresh, request, moment);
      decided += 2 * ONE_WAY_SECONDS;
    }
    Replica best = ranked.getFirst();
    gateway.sessions.add(
        gateway.ledger.begin(best.nodeId(), request.load(best.announcement()), now));
    gateway.jobs.add(job);
    underWay.add(new Arrival(replica(best), job, decided + ONE_WAY_SECONDS));
  }

  private SimulatedReplica replica(Replica seen) {
    return replicas.stream()
        .filter(replica -> replica.nodeId.equals(seen.nodeId()))
        .findFirst()
        .orElseThrow();
  }

  private void arriveUntil(double time) {
    while (!underWay.isEmpty() && underWay.getFirst().time() <= time) {
      Arrival arrival = underWay.removeFirst();
      arrival.replica().arrive(arrival.job(), arrival.time());
    }
  }

  /**
   * Every request goes, the moment it comes, where the true state and the true length of every
   * answer say that it finishes first; or, if {@code unselfish}, where it adds least to the sum of
   * all completion times. Neither knows requests that are still to come.
   */
  List<Job> oracle(boolean unselfish) {
    for (Job job : trace) {
      replicas.forEach(replica -> replica.advance(job.arrived));
      ToDoubleFunction<SimulatedReplica> cost =
          unselfish
              ? replica -> replica.totalCompletionWith(job) - replica.totalCompletionWith(null)
              : replica -> replica.completionOf(job);
      SimulatedReplica best = replicas.getFirst();
      double least = Double.POSITIVE_INFINITY;
      for (SimulatedReplica replica : replicas) {
        double value = cost.applyAsDouble(replica);
        if (value < least) {
          least = value;
          best = replica;
        }
      }
      best.arrive(job, job.arrived);
    }
    finish();
    return trace;
  }

  private void finish() {
    replicas.forEach(replica -> replica.advance(1e7));
  }

  private static long nanos(double seconds) {
    return Math.round(seconds * 1e9);
  }

  static double meanCompletion(List<Job> jobs) {
    return jobs.stream().mapToDouble(job -> job.finished - job.arrived).average().orElseThrow();
  }

  static double firstTokenPercentile(List<Job> jobs, double percentile) {
    double[] times = jobs.stream().mapToDouble(job -> job.firstToken - job.arrived).toArray();
    Arrays.sort(times);
    return times[(int) Math.ceil(percentile * times.length) - 1];
  }

  /**
   * Requests of mixed lengths: prompts of 20 to 4,000 tokens and {@code max_tokens} of 64 to 1,024,
   * both log-uniform; answers use half to all of theirs, and gateways expect three quarters.
   */
  static List<Job> mixedTrace(int count, double perSecond, boolean bursty, long seed) {
    Random random = new Random(seed);
    List<Job> trace = new ArrayList<>();
    double time = 0;
    while (trace.size() < count) {
      // Bursts of ten on average within 100 ms, with pauses between them that keep the rate.
      int together = bursty ? 1 + (int) (-9 * Math.log(1 - random.nextDouble())) : 1;
      time += -Math.log(1 - random.nextDouble()) * (bursty ? 9.5 : 1) / perSecond;
      double at = time;
      for (int i = 0; i < together && trace.size() < count; i++) {
        at += bursty ? -0.01 * Math.log(1 - random.nextDouble()) : 0;
        double prompt = logUniform(20, 4_000, random);
        double most = logUniform(64, 1_024, random);
        double output = most * (0.5 + 0.5 * random.nextDouble());
        trace.add(new Job(at, PrefixChain.of(""), prompt, output, 0.75 * most));
      }
    }
    trace.sort(Comparator.comparingDouble(job -> job.arrived));
    return trace;
  }

  private static double logUniform(double least, double most, Random random) {
    return least * Math.pow(most / least, random.nextDouble());
  }
}
