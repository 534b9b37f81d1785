package dev.flotilla.node.api;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.SessionEvent;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.node.instances.Demand;
import dev.flotilla.node.instances.InstanceException;
import dev.flotilla.node.instances.InstanceFailure;
import dev.flotilla.node.topology.ModelOffer;
import dev.flotilla.sharding.Pipeline;
import dev.flotilla.sharding.PipelineStatus.State;
import dev.flotilla.sharding.SessionOwner;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Has requests for a model that the swarm knows and does not run wait until it does. Streams are
 * told how far that is in comments, so that no client gives them up. On one event loop.
 */
final class OnDemand {
  /** The most requests that wait for models. */
  static final int MAX_WAITING = 1024;

  private static final long LOOK_MILLIS = 100;
  private static final long TOLD_NANOS = 1_000_000_000;

  private final Vertx vertx;
  private final ModelRegistry registry;
  private final Optional<Demand> demand;
  private int waiting;

  OnDemand(Vertx vertx, ModelRegistry registry, Optional<Demand> demand) {
    this.vertx = vertx;
    this.registry = registry;
    this.demand = demand;
  }

  /** Models that may be loaded, running or not. */
  List<ModelOffer> models() {
    return demand.map(Demand::models).orElse(List.of());
  }

  /**
   * Waits until the model that a request names is served, where it can be.
   *
   * @return fails with an {@link ApiException} if it can't be, or not in time
   */
  Future<Void> ready(RoutingContext ctx, Fields fields) {
    return fields
        .text("model")
        .filter(id -> !id.isEmpty())
        .map(id -> ready(ctx, id, fields.flag("stream", false)))
        .orElseGet(Future::succeededFuture);
  }

  private Future<Void> ready(RoutingContext ctx, String id, boolean stream) {
    return serves(id)
        ? Future.succeededFuture()
        : demand
            .filter(swarm -> swarm.knows(id))
            .map(swarm -> load(swarm, ctx, id, stream))
            .orElseGet(Future::succeededFuture);
  }

  /**
   * Opens a session. Where its model turns out to be taken down since it was found to be served, it
   * is loaded again, once.
   */
  Multi<SessionEvent> open(
      RoutingContext ctx,
      ServedModel model,
      boolean stream,
      SessionRequest request,
      SessionOwner owner) {
    return model
        .pipeline()
        .open(request, owner)
        .onFailure(OnDemand::isGone)
        .recoverWithMulti(gone ->
            Uni.createFrom()
                .completionStage(() -> again(ctx, model, stream, gone).toCompletionStage())
                .onItem()
                .transformToMulti(pipeline -> pipeline.open(request, owner)));
  }

  /** The same for what is no session. */
  <T> Future<T> call(RoutingContext ctx, ServedModel model, Function<Pipeline, Future<T>> call) {
    return call.apply(model.pipeline())
        .recover(cause ->
            isGone(cause)
                ? again(ctx, model, false, cause).compose(call)
                : Future.failedFuture(cause));
  }

  private static boolean isGone(Throwable cause) {
    return cause instanceof EngineException engine && engine.failure() == EngineFailure.MODEL_GONE;
  }

  /** The pipeline of a model that was gone; fails if another file has its name now. */
  private Future<Pipeline> again(
      RoutingContext ctx, ServedModel model, boolean stream, Throwable gone) {
    return ready(ctx, model.id(), stream)
        .compose(_ ->
            registry
                .find(model.id())
                .filter(model::equals)
                .map(found -> Future.succeededFuture(found.pipeline()))
                .orElseGet(() -> Future.failedFuture(gone)));
  }

  private boolean serves(String id) {
    return registry
        .find(id)
        .map(model -> model.pipeline().status().state() == State.READY)
        .orElse(false);
  }

  private Future<Void> load(Demand swarm, RoutingContext ctx, String id, boolean stream) {
    if (waiting >= MAX_WAITING) {
      return Future.failedFuture(
          new ApiException(
              ApiFailure.QUEUE_FULL, MAX_WAITING + " requests wait for models to be loaded."));
    }
    waiting++;
    Wait wait = new Wait(swarm, ctx.response(), id, stream);
    return wait.begin().onComplete(_ -> waiting--);
  }

  /** One request that waits. */
  private final class Wait {
    private final Demand swarm;
    private final HttpServerResponse response;
    private final String id;
    private final boolean stream;
    private final long beganNanos = System.nanoTime();
    private final Promise<Void> served = Promise.promise();
    private long toldNanos = beganNanos;
    private boolean decided;
    private boolean askedAgain;
    private boolean seen;
    private boolean told;

    Wait(Demand swarm, HttpServerResponse response, String id, boolean stream) {
      this.swarm = swarm;
      this.response = response;
      this.id = id;
      this.stream = stream;
    }

    Future<Void> begin() {
      ask();
      long timer = vertx.setPeriodic(LOOK_MILLIS, _ -> look());
      return served.future().onComplete(_ -> vertx.cancelTimer(timer));
    }

    private void ask() {
      var context = vertx.getOrCreateContext();
      var _ =
          swarm
              .load(id)
              .onComplete(asked ->
                  context.runOnContext(_ -> {
                    decided = asked.succeeded();
                    if (asked.failed()) {
                      served.tryFail(refusal(asked.cause()));
                    }
                  }));
    }

    private Throwable refusal(Throwable cause) {
      return cause instanceof InstanceException refused
              && refused.failure() == InstanceFailure.NO_PLAN
          ? new ApiException(ApiFailure.MODEL_NOT_LOADED, "model", refused.getMessage())
          : cause;
    }

    private void look() {
      long now = System.nanoTime();
      seen |= decided && swarm.isDecided(id);
      if (serves(id)) {
        served.tryComplete();
      } else if (response.closed()) {
        fail("its client went away");
      } else if (now - beganNanos > swarm.options().loadMillis() * 1_000_000) {
        fail("it is still being loaded");
      } else if (seen && !swarm.isDecided(id)) {
        takenDown();
      } else if (decided && swarm.problem(id).isPresent()) {
        fail(swarm.problem(id).orElseThrow());
      } else if (now - toldNanos >= TOLD_NANOS || (decided && !told)) {
        told = true;
        toldNanos = now;
        tell((now - beganNanos) / 1_000_000_000);
      }
    }

    /** What was decided when this was asked for may have been what was taken down just then. */
    private void takenDown() {
      if (askedAgain) {
        fail("it was taken down again");
        return;
      }
      askedAgain = true;
      seen = false;
      decided = false;
      ask();
    }

    private void fail(String problem) {
      served.tryFail(
          new ApiException(
              ApiFailure.MODEL_NOT_LOADED,
              "model",
              "The model '%s' is not running: %s.".formatted(id, problem)));
    }

    private void tell(long seconds) {
      if (stream && !response.writeQueueFull()) {
        StreamedAnswer.begin(response);
        var _ =
            response.write(
                ": %s model, %d s\n\n".formatted(decided ? "loading the" : "placing the", seconds));
      }
    }
  }
}
