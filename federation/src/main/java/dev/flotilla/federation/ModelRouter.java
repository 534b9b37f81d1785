package dev.flotilla.federation;

import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.SessionUsage;
import dev.flotilla.federation.CircuitBreakers.Outcome;
import dev.flotilla.federation.Replays.Interrupted;
import dev.flotilla.federation.ReplicaAnnouncement.State;
import dev.flotilla.federation.RoutingPolicy.Moment;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
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
  private final CircuitBreakers breakers = new CircuitBreakers();
  private final Replays replays = new Replays();
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
   * Chooses a replica and counts the session as sent there. Of many streams that are interrupted at
   * once, most wait until those before them go on.
   *
   * @param wanted what the replica must be like
   * @return empty if no replica may be tried
   */
  Future<Optional<Choice>> choose(SessionRequest request, Wanted wanted) {
    if (request.resumption().tokens().length == 0) {
      return start(request, wanted);
    }
    Interrupted stream = new Interrupted(request, wanted, Promise.promise());
    resume(stream);
    return stream.choice().future();
  }

  private Future<Optional<Choice>> start(SessionRequest request, Wanted wanted) {
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
      moment = moment(candidates, now);
      ranked = options.policy().rank(candidates, route, moment);
    }
    int probes = Math.min(options.probes(), ranked.size());
    if (probes < 2 || quiet(ranked, moment)) {
      return Future.succeededFuture(send(forNew(ranked, wanted, route), route));
    }
    return askThenRank(ranked, probes, route, moment)
        .map(fresh -> send(forNew(fresh, wanted, route), route));
  }

  /** Its reader waits, so that no replica is asked first how it is. */
  private void resume(Interrupted stream) {
    Optional<Choice> choice = Optional.empty();
    synchronized (this) {
      long now = System.nanoTime();
      List<Replica> candidates = candidates(stream.wanted(), now);
      List<Replica> ready = replays.roomAt(candidates, now);
      if (!ready.isEmpty()) {
        RouteRequest route = expectations.of(stream.request());
        List<Replica> ranked = options.policy().rank(ready, route, moment(ready, now));
        choice = send(forInterrupted(ranked, route), route);
        choice.ifPresent(replays::begun);
      } else if (!candidates.isEmpty()) {
        replays.await(stream);
        return;
      }
    }
    stream.choice().complete(choice);
  }

  /** A stream that was sent on is replayed no more. */
  private void replayed(Choice choice) {
    synchronized (this) {
      if (!replays.ended(choice)) {
        return;
      }
    }
    resumeWaiting();
  }

  /** Has interrupted streams that wait go on, as far as there are replicas for them now. */
  void resumeWaiting() {
    List<Interrupted> streams;
    synchronized (this) {
      streams = replays.takeWaiting();
    }
    streams.forEach(this::resume);
  }

  private Moment moment(List<Replica> candidates, long now) {
    return new Moment(now, othersPerSecond(candidates, now), turn++, random);
  }

  /**
   * What goes before the policy: a prompt goes where it seems to fit, and a session to the replica
   * of those that it belongs to.
   */
  private static List<Replica> forNew(List<Replica> ranked, Wanted wanted, RouteRequest route) {
    return fitting(
        wanted.stickyKey().map(key -> Stickiness.rank(ranked, key)).orElse(ranked), route);
  }

  /** The same: it does not queue where another replica has a free slot. */
  private static List<Replica> forInterrupted(List<Replica> ranked, RouteRequest route) {
    List<Replica> order = new ArrayList<>(ranked);
    order.sort(Comparator.comparing(replica -> !replica.hasFreeSlot()));
    return fitting(order, route);
  }

  private static List<Replica> fitting(List<Replica> ranked, RouteRequest route) {
    List<Replica> order = new ArrayList<>(ranked);
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
            if (breakers.admits(node, now)) {
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
        breakers.sent(node);
        Load load = route.load(replica.announcement());
        return Optional.of(
            new Choice(
                replica.announcement(), link.get(), ledger.begin(node, load, System.nanoTime())));
      }
    }
    return Optional.empty();
  }

  /** A session got its first tokens: the replica is well, however long the answer takes. */
  void progressed(Choice choice) {
    synchronized (this) {
      breakers.progressed(choice.nodeId());
    }
    replayed(choice);
  }

  /** A session left the replica that it was sent to. */
  void left(Choice choice, Outcome outcome) {
    leave(choice, outcome);
    replayed(choice);
  }

  private synchronized void leave(Choice choice, Outcome outcome) {
    long now = System.nanoTime();
    InFlightLedger.Session session = choice.session();
    ledger.end(session, now);
    if (breakers.left(choice.nodeId(), session.begunNanos(), outcome, now)) {
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
    breakers.forget(nodeId);
  }
}
