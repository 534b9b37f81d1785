package dev.flotilla.federation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Least time first: what the request itself would take on a replica, and what it would cost the
 * sessions that are there.
 *
 * <p>Announcements are old when they are read, and every gateway reads the same: if each sent its
 * next request to the best replica, that one would drown. So the load that others are likely to
 * have added since is interpreted, as Dahlin has it (Interpreting Stale Load Information, 2000): as
 * many requests as a Poisson variable of their rate and the announcement's age says are placed
 * first, in thought, each where it would be best. Gateways draw different numbers, and so spread.
 */
public final class PredictedRouting implements RoutingPolicy {
  /**
   * How many of the best replicas a gateway asks for their load before it decides between them,
   * where others route too: announcements alone can't show a burst.
   */
  public static final int PROBES = 3;

  /** Requests of others that are placed in thought, at most: bounds the time of a decision. */
  private static final int MOST_GUESSED = 64;

  /** The share of the time that reading a prompt leaves to sessions which generate, and takes. */
  private static final double PREFILL_SHARE = 0.5;

  @Override
  public List<Replica> rank(List<Replica> replicas, RouteRequest request, Moment moment) {
    List<Estimate> estimates = new ArrayList<>();
    double oldest = 0;
    for (Replica replica : RoutingPolicies.shuffled(replicas, moment)) {
      estimates.add(new Estimate(replica, request));
      oldest = Math.max(oldest, replica.ageSeconds(moment.nanos()));
    }
    int guessed = poisson(moment.othersPerSecond() * oldest, moment.random());
    for (int i = 0; i < Math.min(guessed, MOST_GUESSED); i++) {
      Estimate best = estimates.getFirst();
      for (Estimate estimate : estimates) {
        best = estimate.seconds < best.seconds ? estimate : best;
      }
      // A replica heard of later than the oldest knows of some of those requests already.
      best.add(best.replica.ageSeconds(moment.nanos()) / oldest);
    }
    estimates.sort(Comparator.comparingDouble(estimate -> estimate.seconds));
    return estimates.stream().map(estimate -> estimate.replica).toList();
  }

  /** A draw by inversion (Devroye 1986, X.3); the mean is bounded by the caller's needs. */
  private static int poisson(double mean, RandomGenerator random) {
    double bounded = Math.min(mean, MOST_GUESSED);
    double probability = Math.exp(-bounded);
    double left = random.nextDouble();
    int count = 0;
    while (left > probability && count < 4 * MOST_GUESSED) {
      left -= probability;
      count++;
      probability *= bounded / count;
    }
    return count;
  }

  private static final class Estimate {
    private final Replica replica;
    private final RouteRequest request;
    private Load load;
    private double seconds;

    Estimate(Replica replica, RouteRequest request) {
      this.replica = replica;
      this.request = request;
      this.load = replica.load();
      this.seconds = seconds(replica, load, request);
    }

    void add(double share) {
      load = load.plus(request.load(replica.announcement()).times(share));
      seconds = seconds(replica, load, request);
    }
  }

  /**
   * The time until the last token of a request on a replica that has some load, and the time by
   * which it delays the sessions there.
   */
  static double seconds(Replica replica, Load load, RouteRequest request) {
    ReplicaAnnouncement it = replica.announcement();
    double sessions = load.sessions();
    double active = Math.min(it.slots() - 1.0, sessions);
    double share = sessions == 0 ? 0 : active / sessions;
    double prefill = it.speed().prefillTokensPerSecond();
    double stepAlone = 1 / it.speed().decodeRate(Math.max(1, active));
    double stepTogether = 1 / it.speed().decodeRate(active + 1);

    double drain =
        load.promptTokens() / prefill
            + load.outputTokens() * stepTogether / Math.min(it.slots(), Math.max(1, sessions));
    double waiting = Math.max(0, sessions - it.slots() + 1);
    double wait = sessions == 0 ? 0 : drain * waiting / sessions;

    double reading = request.uncachedTokens(it) / prefill;
    double othersReading = Math.min(load.promptTokens() * share / prefill, reading * active);
    double slowed = active > 0 ? 1 + (1 - PREFILL_SHARE) : 1;
    double outputLeft = sessions == 0 ? 0 : load.outputTokens() / sessions;
    double together = Math.min(request.outputTokens(), active > 0 ? outputLeft : 0);
    double alone = request.outputTokens() - together;
    double stepLater = 1 / it.speed().decodeRate(1 + active / 2);
    double own =
        wait
            + (reading + othersReading) * slowed
            + together * stepTogether
            + alone * stepLater
            + replica.roundTripSeconds();

    double delayed = active * (together * (stepTogether - stepAlone) + reading * PREFILL_SHARE);
    return own + delayed;
  }
}
