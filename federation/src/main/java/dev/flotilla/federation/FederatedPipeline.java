package dev.flotilla.federation;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.SamplingOptions;
import dev.flotilla.engine.SessionEvent;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.StopConditions;
import dev.flotilla.federation.CircuitBreakers.Outcome;
import dev.flotilla.federation.ModelRouter.Choice;
import dev.flotilla.sharding.Embeddings;
import dev.flotilla.sharding.ModelCard;
import dev.flotilla.sharding.Pipeline;
import dev.flotilla.sharding.PipelineStatus;
import dev.flotilla.sharding.ServedBy;
import dev.flotilla.sharding.SessionOwner;
import io.smallrye.mutiny.Multi;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Flow;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * A model as a gateway serves it: every replica in the swarm behind one pipeline. Sessions go where
 * they finish soonest; one whose replica is lost goes on at the next, at the very token, and its
 * reader sees a pause.
 */
public final class FederatedPipeline implements Pipeline, AutoCloseable {
  private static final SessionOwner NOBODY =
      new SessionOwner() {
        @Override
        public String name() {
          return "";
        }

        @Override
        public void servedBy(ServedBy node) {}
      };

  private final Vertx vertx;
  private final ModelCard model;
  private final Replicas replicas;
  private final FederationOptions options;
  private final FederationObserver observer;
  private final ModelRouter router;
  private final Admission admission;
  private final Set<RoutedSession> sessions = ConcurrentHashMap.newKeySet();
  private final long stallTimer;
  private final long replayTimer;

  /**
   * A pipeline over the replicas of a model.
   *
   * @param random where guesses and ties are drawn from; used under a lock
   */
  public FederatedPipeline(
      Vertx vertx,
      ModelCard model,
      Replicas replicas,
      FederationOptions options,
      FederationObserver observer,
      RandomGenerator random) {
    this.vertx = vertx;
    this.model = model;
    this.replicas = replicas;
    this.options = options;
    this.observer = observer;
    this.router = new ModelRouter(model.id(), replicas, options, observer, random);
    this.admission = new Admission(() -> status().slots());
    this.stallTimer =
        vertx.setPeriodic(
            Math.max(1, options.stallMillis() / 4),
            _ -> sessions.forEach(RoutedSession::checkStall));
    this.replayTimer = vertx.setPeriodic(Replays.LONGEST_MILLIS / 2, _ -> router.resumeWaiting());
  }

  @Override
  public ModelCard model() {
    return model;
  }

  /** All replicas together. */
  @Override
  public PipelineStatus status() {
    return statusOf(
        replicas.directory().replicas(model.id()).stream()
            .map(ReplicaDirectory.Heard::announcement)
            .toList());
  }

  /** What some replicas are together, or one of them alone. */
  public static PipelineStatus statusOf(List<ReplicaAnnouncement> replicas) {
    return FederatedStatus.of(replicas);
  }

  @Override
  public Multi<SessionEvent> open(SessionRequest request) {
    return open(request, NOBODY);
  }

  @Override
  public Multi<SessionEvent> open(SessionRequest request, SessionOwner owner) {
    Flow.Publisher<SessionEvent> publisher =
        subscriber -> {
          RoutedSession session =
              new RoutedSession(
                  vertx,
                  model.id(),
                  router,
                  options,
                  observer,
                  request,
                  subscriber,
                  owner,
                  admission,
                  sessions::remove);
          sessions.add(session);
          subscriber.onSubscribe(session);
        };
    return Multi.createFrom().publisher(publisher);
  }

  /** There may be more replicas than before: sessions that wait may have a place. Any thread. */
  public void replicasChanged() {
    admission.letIn();
    router.resumeWaiting();
  }

  /** Sessions that wait for a replica to have room. */
  public int waiting() {
    return admission.waiting();
  }

  /** A node is gone: its sessions go on elsewhere at once. Any thread. */
  public void nodeLost(String nodeId) {
    EngineException cause =
        new EngineException(
            EngineFailure.ENGINE_LOST,
            "the node that answered for model " + model.id() + " is gone");
    sessions.forEach(session -> session.leave(nodeId, cause));
    router.forget(nodeId);
  }

  /** A node is about to leave: its sessions move, if there is where to. Any thread. */
  public void nodeDraining(String nodeId) {
    boolean elsewhere =
        replicas.directory().replicas(model.id()).stream()
            .map(ReplicaDirectory.Heard::announcement)
            .anyMatch(each ->
                each.state() == ReplicaAnnouncement.State.READY && !each.nodeId().equals(nodeId));
    if (elsewhere) {
      EngineException cause =
          new EngineException(
              EngineFailure.DRAINING, "the node that answered for model " + model.id() + " leaves");
      sessions.forEach(session -> session.leave(nodeId, cause));
    }
  }

  @Override
  public Future<int[]> tokenize(String text, boolean addSpecial, boolean parseSpecial) {
    return call(
        new Prompt.Text("", false, false),
        pipeline -> pipeline.tokenize(text, addSpecial, parseSpecial));
  }

  @Override
  public Future<String> detokenize(int[] tokens) {
    return call(new Prompt.Text("", false, false), pipeline -> pipeline.detokenize(tokens));
  }

  @Override
  public Future<Embeddings> embed(List<Prompt> prompts) {
    Prompt first = prompts.isEmpty() ? new Prompt.Text("", false, false) : prompts.getFirst();
    return call(first, pipeline -> pipeline.embed(prompts));
  }

  /** Calls have no effects, so that one whose replica is lost is made again at another. */
  private <T> Future<T> call(Prompt prompt, Function<Pipeline, Future<T>> call) {
    SessionRequest work =
        new SessionRequest(
            prompt, SamplingOptions.GREEDY, new StopConditions(1, List.of()), false, false);
    return call(work, call, new Setbacks(options, Optional.empty()));
  }

  private <T> Future<T> call(
      SessionRequest work, Function<Pipeline, Future<T>> call, Setbacks setbacks) {
    return router
        .choose(work, setbacks.wanted())
        .compose(choice ->
            choice.isEmpty()
                ? Future.failedFuture(
                    setbacks
                        .last()
                        .orElseGet(() ->
                            new EngineException(
                                EngineFailure.ENGINE_LOST,
                                "model " + model.id() + ": no replica is left")))
                : call(choice.get(), work, call, setbacks));
  }

  private <T> Future<T> call(
      Choice choice, SessionRequest work, Function<Pipeline, Future<T>> call, Setbacks setbacks) {
    return call.apply(choice.link().pipeline())
        .transform(result -> {
          if (result.succeeded()) {
            router.left(choice, Outcome.SERVED);
            return Future.succeededFuture(result.result());
          }
          EngineException failure = SessionAttempt.failure(result.cause());
          Verdict verdict = Verdict.of(failure);
          router.left(
              choice, verdict == Verdict.REPLICA_FAILED ? Outcome.FAILED : Outcome.UNDECIDED);
          if (!setbacks.add(choice, failure, true, System.nanoTime())) {
            return Future.failedFuture(failure);
          }
          return verdict == Verdict.REPLICA_GONE
              ? router.gone(choice).compose(_ -> call(work, call, setbacks))
              : call(work, call, setbacks);
        });
  }

  /** Stops watching for stalls; sessions that run go on. */
  @Override
  public void close() {
    vertx.cancelTimer(stallTimer);
    vertx.cancelTimer(replayTimer);
  }
}
