package dev.flotilla.node.instances;

import dev.flotilla.federation.state.Command;
import dev.flotilla.federation.state.Command.Request;
import dev.flotilla.federation.state.ModelEntry;
import dev.flotilla.federation.state.Outcome;
import dev.flotilla.federation.state.Outcome.Refusal;
import dev.flotilla.federation.state.Placement;
import dev.flotilla.federation.state.ReplicaCount;
import dev.flotilla.federation.state.SwarmHistory;
import dev.flotilla.federation.state.SwarmState;
import dev.flotilla.node.instances.BetterPlacement.Better;
import dev.flotilla.node.topology.ModelOffer;
import dev.flotilla.sharding.plan.ModelShape;
import dev.flotilla.sharding.plan.Plan;
import dev.flotilla.sharding.plan.PlanReport;
import dev.flotilla.sharding.plan.Rejection;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Asks the swarm for pipelines, from any node that may. Futures fail with an {@link
 * InstanceException}; then nothing has changed, except where nobody answered. What is done when
 * they succeed can be seen in this node's {@link #history}. Any thread.
 */
public final class Instances {
  private static final int ID_CHARS = 32;
  private static final int REASONS = 6;
  private static final long CATCH_UP_MILLIS = 5_000;

  private final Vertx vertx;
  private final String self;
  private final SwarmHistory history;
  private final CaughtUp caughtUp;
  private final Supplier<SwarmView> view;
  private final ModelShapes shapes;
  private final boolean gateway;

  /**
   * @param self this node
   * @param view the swarm now; cheap
   * @param gateway whether clients of this node reach pipelines wherever they are
   */
  public Instances(
      Vertx vertx,
      String self,
      SwarmHistory history,
      Supplier<SwarmView> view,
      ModelShapes shapes,
      boolean gateway) {
    this.vertx = vertx;
    this.self = self;
    this.history = history;
    this.caughtUp = new CaughtUp(history, vertx, CATCH_UP_MILLIS);
    this.view = view;
    this.shapes = shapes;
    this.gateway = gateway;
  }

  /**
   * A command and the pipeline that it asked for.
   *
   * @param model the file that the pipeline runs
   */
  public record Asked(String commandId, Placement placement, ModelOffer model) {}

  /** A plan that was chosen, and all that were considered. */
  public record Planned(Placement placement, ModelOffer model, PlanReport report) {}

  /** How a swarm makes a pipeline's stages of a model. */
  private interface Planning {
    Placement plan(String pipelineId, InstancePlanner planner);
  }

  /** What is decided, as far as this node knows. */
  public SwarmHistory history() {
    return history;
  }

  /** The swarm now. */
  public SwarmView view() {
    return view.get();
  }

  /** What {@link #place} would ask for now. */
  public Future<Planned> preview(PlacementWish wish) {
    return planned(
        wish.modelId(),
        (model, planner) -> {
          PlanReport report = planner.plan(wish);
          return new Planned(
              chosen(pipelineOf(UUID.randomUUID().toString()), wish, report), model, report);
        });
  }

  /** Has the swarm plan a pipeline and set it up. */
  public Future<Asked> place(Stamp stamp, PlacementWish wish) {
    return place(
        stamp,
        wish.modelId(),
        wish.most(),
        (pipelineId, planner) -> chosen(pipelineId, wish, planner.plan(wish)));
  }

  /** Has the swarm set up a pipeline as it is planned here. */
  public Future<Asked> place(Stamp stamp, String modelId, List<StageWish> stages) {
    return place(
        stamp,
        modelId,
        PlacementWish.MANY,
        (pipelineId, planner) -> planner.placement(pipelineId, stages));
  }

  /** What could take a pipeline's place now, be it no better; empty if nothing may. */
  Future<Optional<Better>> better(Placement placement) {
    return compared(placement, plans -> plans.find(placement));
  }

  /** How many times as fast a pipeline's replacement would be; empty if that is not known. */
  Future<Optional<Double>> speedup(Placement placement) {
    return compared(placement, plans -> plans.speedup(placement));
  }

  private <T> Future<T> compared(Placement placement, Function<BetterPlacement, T> comparison) {
    SwarmView now = view.get();
    return shaped(
        now,
        placement.modelId(),
        (model, shape) -> comparison.apply(new BetterPlacement(now, model, shape)));
  }

  private Future<Asked> place(Stamp stamp, String modelId, int most, Planning planning) {
    String commandId = commandId(stamp);
    String pipelineId = pipelineOf(commandId);
    Optional<Future<Asked>> before = carriedOut(commandId, pipelineId, modelId);
    if (before.isPresent()) {
      return before.get();
    }
    return permitted()
        .compose(_ ->
            planned(
                modelId,
                (model, planner) ->
                    new Asked(commandId, planning.plan(pipelineId, planner), model)))
        .compose(asked -> known(asked.model(), stamp.epoch()).map(asked))
        .compose(asked -> {
          Command place = new Command.Place(asked.placement(), most);
          return decided(new Request(commandId, stamp.epoch(), place)).map(asked);
        });
  }

  private static String commandId(Stamp stamp) {
    return stamp.commandId().orElseGet(() -> UUID.randomUUID().toString());
  }

  /** A repetition answers as the first time; the same id for something else is refused. */
  private Optional<Future<Asked>> carriedOut(String commandId, String pipelineId, String modelId) {
    SwarmState state = history.state();
    Placement there = state.placements().get(pipelineId);
    if (there == null && !state.recentCommands().contains(commandId)) {
      return Optional.empty();
    }
    if (there == null || !there.modelId().equals(modelId)) {
      return Optional.of(
          Future.failedFuture(
              new InstanceException(
                  InstanceFailure.CONFLICT,
                  "command_id",
                  "a command of this id was carried out before, and it was another one or its"
                      + " pipeline was taken down since")));
    }
    ModelOffer model =
        view.get()
            .contents(modelId)
            .orElseGet(
                () -> new ModelOffer(modelId, there.stages().getLast().to(), 0, "", 1, 1, false));
    return Optional.of(Future.succeededFuture(new Asked(commandId, there, model)));
  }

  /** Has the swarm keep a number of pipelines of a model. */
  public Future<Void> keep(Stamp stamp, String modelId, ReplicaCount count) {
    SwarmView now = view.get();
    Command keep = new Command.WantReplicas(modelId, count);
    return permitted()
        .compose(_ ->
            now.contents(modelId)
                .map(model -> known(model, stamp.epoch()))
                .orElseGet(() -> Future.failedFuture(unknown(now, modelId))))
        .compose(_ -> decided(new Request(commandId(stamp), stamp.epoch(), keep)));
  }

  /** Takes a pipeline down. */
  public Future<String> unplace(Stamp stamp, String pipelineId) {
    String commandId = commandId(stamp);
    Command unplace = new Command.Unplace(pipelineId);
    return permitted()
        .compose(_ -> decided(new Request(commandId, stamp.epoch(), unplace)))
        .map(_ -> commandId);
  }

  /** Has what is built for a pipeline given up. */
  Future<Void> drop(Placement placement, String reason) {
    return placement
        .replacement()
        .map(next ->
            decided(
                new Command.DropReplacement(placement.pipelineId(), next.buildId(), reason),
                OptionalLong.empty()))
        .orElseGet(Future::succeededFuture);
  }

  private Future<Void> permitted() {
    return mayPlace()
        ? Future.succeededFuture()
        : Future.failedFuture(
            new InstanceException(
                InstanceFailure.NOT_PERMITTED,
                "This node was invited as one that may not place models: ask another."));
  }

  /** Whether this node may ask for pipelines. */
  boolean mayPlace() {
    var member = history.state().members().get(self);
    return member == null || member.votes();
  }

  private interface Thinking<P, T> {
    T think(ModelOffer model, P with);
  }

  private <T> Future<T> planned(String modelId, Thinking<InstancePlanner, T> thinking) {
    SwarmView now = view.get();
    return shaped(
        now,
        modelId,
        (model, shape) -> thinking.think(model, new InstancePlanner(now, model, shape)));
  }

  private <T> Future<T> shaped(SwarmView now, String modelId, Thinking<ModelShape, T> thinking) {
    Optional<ModelOffer> model = now.contents(modelId);
    if (model.isEmpty()) {
      return Future.failedFuture(unknown(now, modelId));
    }
    List<String> owners =
        now.owners(modelId).entrySet().stream()
            .filter(entry -> entry.getValue().digest().equals(model.get().digest()))
            .map(Map.Entry::getKey)
            .toList();
    return shapes
        .of(model.get().digest(), owners)
        // Planning takes a while: not for event loops.
        .compose(shape -> vertx.executeBlocking(() -> thinking.think(model.get(), shape), false));
  }

  private static InstanceException unknown(SwarmView now, String modelId) {
    String models = String.join(", ", now.models().keySet());
    return new InstanceException(
        InstanceFailure.UNKNOWN_MODEL,
        "model_id",
        "No node that may drive pipelines has a file of model '%s' in its models folder (there are: %s)."
            .formatted(modelId, models.isEmpty() ? "none" : models));
  }

  /**
   * Clients of a node that is no gateway ask that one alone: its pipelines stay with their heads.
   */
  private Placement chosen(String pipelineId, PlacementWish wish, PlanReport report) {
    Plan best =
        report
            .best()
            .orElseThrow(() ->
                new InstanceException(
                    InstanceFailure.NO_PLAN,
                    "model_id",
                    "Model '%s' can't be placed: %s.".formatted(wish.modelId(), reasons(report))));
    String head = best.stages().getFirst().nodeId();
    return InstancePlanner.placement(pipelineId, wish, best)
        .with(wish.terms(gateway ? wish.heads() : Set.of(head)));
  }

  private static String reasons(PlanReport report) {
    String reasons =
        report.rejections().stream()
            .limit(REASONS)
            .map(Instances::reason)
            .distinct()
            .collect(Collectors.joining("; "));
    return reasons.isEmpty() ? "no node has its file and room" : reasons;
  }

  private static String reason(Rejection rejection) {
    String option = rejection.option();
    return "%s: %s"
        .formatted(option.length() > 12 ? option.substring(0, 12) : option, rejection.detail());
  }

  /** Has the swarm know a model; one that is another by now, and not run, makes way. */
  private Future<Void> known(ModelOffer model, OptionalLong epoch) {
    ModelEntry entry = new ModelEntry(model.id(), model.layers(), model.bytes(), model.digest());
    ModelEntry before = history.state().models().get(model.id());
    Future<Void> free =
        before == null || before.equals(entry)
            ? Future.succeededFuture()
            : decided(new Command.RemoveModel(model.id()), epoch);
    return entry.equals(before)
        ? free
        : free.compose(_ -> decided(new Command.AddModel(entry), epoch));
  }

  private Future<Void> decided(Command command, OptionalLong epoch) {
    return decided(new Request(UUID.randomUUID().toString(), epoch, command));
  }

  private Future<Void> decided(Request request) {
    return caughtUp
        .submit(request)
        .compose(outcome ->
            switch (outcome) {
              case Outcome.Done _ -> Future.succeededFuture();
              case Outcome.Refused(Refusal refusal, String detail) ->
                  Future.failedFuture(InstanceException.of(refusal, detail));
            });
  }

  /** A repeated command means the same pipeline. */
  private static String pipelineOf(String commandId) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(("pipeline of command " + commandId).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest).substring(0, ID_CHARS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
