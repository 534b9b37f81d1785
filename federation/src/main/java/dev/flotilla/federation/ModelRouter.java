package dev.flotilla.federation;

import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.SessionUsage;
import dev.flotilla.federation.ReplicaAnnouncement.State;
import dev.flotilla.federation.RoutingPolicy.Moment;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * A gateway's decisions for one model, and what it remembers for them: its own sessions in flight,
 * who failed lately, how fast requests come. Any thread.
 */
final class ModelRouter {
  /** Requests of others, expected since the last announcement, below which nobody is asked. */
  private static final double QUIET = 0.05;

  private static final double RATE_WINDOW_SECONDS = 5;

  private final String modelId;
  private final Replicas replicas;
  private final FederationOptions options;
  private final FederationObserver observer;
  private final RandomGenerator random;
  private final InFlightLedger ledger = new InFlightLedger();
  private final Map<String, CircuitBreaker> breakers = new HashMap<>();

  /** When nodes failed last. */
  private final Map<String, Long> failedNanos = new HashMap<>();

  private final Expectations expectations = new Expectations();
  private long turn;
  private double ownPerSecond;
  private long lastNanos = System.nanoTime();

  /** A replica that a session is sent to, as it was announced. */
  record Choice(ReplicaAnnouncement replica, Replicas.Link link, InFlightLedger.Session session) {
    String nodeId() {
      return replica.nodeId();
    }
  }

  /** How a session left a replica, as far as the replica is to blame. */
  enum Outcome {
    SERVED,
    FAILED,
    UNDECIDED
  }

  ModelRouter(
      String modelId,
      Replicas replicas,
      FederationOptions options,
      FederationObserver observer,
      RandomGenerator random) {
    this.modelId = modelId;
    this.replicas = replicas;
    this.options = options;
    this.observer = observer;
    this.random = random;
  }

  /**
   * Chooses a replica and counts the session as sent there.
   *
   * @param wanted what the replica must be like
   * @return empty if no replica may be tried
   */
  Future<Optional<Choice>> choose(SessionRequest request, Wanted wanted) {
    List<Replica> ranked;
    RouteRequest route;
    Moment moment;
    synchronized (this) {
      long now = System.nanoTime();
      List<Replica> candidates = candidates(wanted, now);
      if (candidates.isEmpty()) {
        return Future.succeededFuture(Optional.empty());
      }
      route = expectations.of(request);
      moment = new Moment(now, othersPerSecond(candidates, now), turn++, random);
      ranked = options.policy().rank(candidates, route, moment);
    }
    int probes = Math.min(options.probes(), ranked.size());
    if (probes < 2 || quiet(ranked, moment)) {
      return Future.succeededFuture(send(forReader(request, wanted, route, ranked), route));
    }
    return askThenRank(ranked, probes, route, moment)
        .map(fresh -> send(forReader(request, wanted, route, fresh), route));
  }

  /**
   * What goes before the policy: a prompt goes where it seems to fit, and a stream that was
   * interrupted does not queue where another replica has a free slot, as its reader waits; any
   * other session goes to the replica of those that it belongs to.
   */
  private static List<Replica> forReader(
      SessionRequest request, Wanted wanted, RouteRequest route, List<Replica> ranked) {
    boolean interrupted = request.resumption().tokens().length > 0;
    List<Replica> order =
        interrupted
            ? new ArrayList<>(ranked)
            : new ArrayList<>(
                wanted.stickyKey().map(key -> Stickiness.rank(ranked, key)).orElse(ranked));
    if (interrupted) {
      order.sort(Comparator.comparing(replica -> !replica.hasFreeSlot()));
    }
    order.sort(Comparator.comparing(replica -> !route.fits(replica.announcement())));
    return order;
  }

  private boolean quiet(List<Replica> ranked, Moment moment) {
    double oldest =
        ranked.stream().mapToDouble(each -> each.ageSeconds(moment.nanos())).max().orElse(0);
    return moment.othersPerSecond() * oldest < QUIET;
  }

  private List<Replica> candidates(Wanted wanted, long now) {
    List<Replica> ready = new ArrayList<>();
    List<Replica> trusted = new ArrayList<>();
    for (ReplicaDirectory.Heard heard : replicas.directory().replicas(modelId)) {
      ReplicaAnnouncement announcement = heard.announcement();
      String node = announcement.nodeId();
      if (announcement.state() != State.READY || !wanted.admits(announcement)) {
        continue;
      }
      replicas
          .link(node, modelId)
          .ifPresent(link -> {
            Replica replica =
                new Replica(
                    announcement,
                    heard.nanos(),
                    link.roundTripSeconds(),
                    ledger.unannounced(node, heard.nanos(), now));
            ready.add(replica);
            if (breakers.getOrDefault(node, CircuitBreaker.CLOSED).admits(now)) {
              trusted.add(replica);
            }
          });
    }
    // Where every breaker is open, a replica that failed is better than none.
    return trusted.isEmpty() ? ready : trusted;
  }

  private double othersPerSecond(List<Replica> candidates, long now) {
    double seconds = Math.max(1e-4, (now - lastNanos) / 1e9);
    lastNanos = now;
    double weight = 1 - Math.exp(-seconds / RATE_WINDOW_SECONDS);
    ownPerSecond += weight * (1 / seconds - ownPerSecond);
    double all =
        candidates.stream().mapToDouble(each -> each.announcement().arrivalsPerSecond()).sum();
    return Math.max(0, all - ownPerSecond);
  }

  /** Ranks the first few by what they say now; those that say nothing in time come after them. */
  private Future<List<Replica>> askThenRank(
      List<Replica> ranked, int probes, RouteRequest route, Moment moment) {
    List<Future<ReplicaAnnouncement>> answers = new ArrayList<>();
    for (Replica replica : ranked.subList(0, probes)) {
      answers.add(
          replicas
              .link(replica.nodeId(), modelId)
              .map(link -> link.probe().timeout(options.probeMillis(), TimeUnit.MILLISECONDS))
              .orElseGet(() -> Future.failedFuture("no link")));
    }
    Promise<List<Replica>> result = Promise.promise();
    var _ =
        Future.join(answers)
            .onComplete(_ -> {
              List<Replica> fresh = new ArrayList<>();
              List<Replica> rest = new ArrayList<>(ranked);
              for (int i = 0; i < probes; i++) {
                ReplicaAnnouncement now = answers.get(i).result();
                if (answers.get(i).succeeded() && now.state() == State.READY) {
                  Replica old = ranked.get(i);
                  rest.remove(old);
                  fresh.add(refreshed(old, now, moment.nanos()));
                }
              }
              List<Replica> order = new ArrayList<>();
              if (!fresh.isEmpty()) {
                order.addAll(options.policy().rank(fresh, route, moment));
              }
              order.addAll(rest);
              result.complete(order);
            });
    return result.future();
  }

  private static Replica refreshed(Replica old, ReplicaAnnouncement now, long nanos) {
    ReplicaAnnouncement known = now.with(now.prefixes().or(() -> old.announcement().prefixes()));
    return new Replica(known, nanos, old.roundTripSeconds(), Load.NONE);
  }

  private synchronized Optional<Choice> send(List<Replica> ranked, RouteRequest route) {
    for (Replica replica : ranked) {
      String node = replica.nodeId();
      Optional<Replicas.Link> link = replicas.link(node, modelId);
      if (link.isPresent()) {
        breakers.computeIfPresent(node, (_, breaker) -> breaker.sent());
        Load load = route.load(replica.announcement());
        return Optional.of(
            new Choice(
                replica.announcement(), link.get(), ledger.begin(node, load, System.nanoTime())));
      }
    }
    return Optional.empty();
  }

  /** A session got its first tokens: the replica is well, however long the answer takes. */
  synchronized void progressed(Choice choice) {
    breakers.remove(choice.nodeId());
  }

  /**
   * A session left the replica that it was sent to. Those that a replica loses together are one
   * failure, as when its machine falls asleep: it may be well when it is there again.
   */
  synchronized void left(Choice choice, Outcome outcome) {
    long now = System.nanoTime();
    ledger.end(choice.session(), now);
    if (outcome == Outcome.FAILED) {
      Long last = failedNanos.get(choice.nodeId());
      if (last != null && choice.session().begunNanos() - last <= 0) {
        return;
      }
      failedNanos.put(choice.nodeId(), now);
    }
    CircuitBreaker before = breakers.getOrDefault(choice.nodeId(), CircuitBreaker.CLOSED);
    CircuitBreaker after =
        switch (outcome) {
          case SERVED -> before.succeeded();
          case FAILED -> before.failed(now);
          case UNDECIDED -> before.undecided();
        };
    if (after.equals(CircuitBreaker.CLOSED)) {
      breakers.remove(choice.nodeId());
    } else {
      breakers.put(choice.nodeId(), after);
    }
    if (after.openings() > before.openings()) {
      observer.ejected(modelId, choice.nodeId());
    }
  }

  /**
   * A replica is none any more, as it says itself.
   *
   * @return done once it is not chosen again
   */
  Future<Void> gone(Choice choice) {
    return replicas.gone(choice.replica());
  }

  /** A session was served to its end. */
  synchronized void learn(SessionRequest request, SessionUsage usage) {
    expectations.learn(request, usage);
  }

  /** A node is gone for good: nothing is remembered of it. */
  synchronized void forget(String nodeId) {
    ledger.forget(nodeId);
    breakers.remove(nodeId);
    failedNanos.remove(nodeId);
  }
}
