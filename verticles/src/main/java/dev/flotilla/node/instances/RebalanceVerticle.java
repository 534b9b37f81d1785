package dev.flotilla.node.instances;

import dev.flotilla.federation.state.Command;
import dev.flotilla.federation.state.Outcome;
import dev.flotilla.federation.state.Placement;
import dev.flotilla.federation.state.Replacement;
import dev.flotilla.federation.state.Replacements;
import dev.flotilla.federation.state.SwarmState;
import dev.flotilla.node.instances.BetterPlacement.Better;
import dev.flotilla.node.placement.Change;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has pipelines that the swarm planned built anew where they would be clearly faster, one at a
 * time, while this node leads; and brings whatever replacement was begun to an end, whoever began
 * it. On one event loop.
 */
public final class RebalanceVerticle extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(RebalanceVerticle.class);
  private static final long TICK_MILLIS = 1_000;

  /** How often it is looked for better plans. */
  static final int TICKS_PER_LOOK = 10;

  /** How long a pipeline may take to be fetched and loaded. */
  static final long BUILD_MILLIS = 3_600_000;

  /** How long a node may be away from what is built over it. */
  static final long ABSENCE_MILLIS = 30_000;

  private final Instances instances;
  private final boolean enabled;
  private final Replacements replacements = new Replacements(BUILD_MILLIS, ABSENCE_MILLIS);
  private final ChangeJudges judges = new ChangeJudges();
  private boolean busy;
  private int ticks;

  /**
   * Not started.
   *
   * @param enabled whether this node begins replacements; it ends them in any case
   */
  public RebalanceVerticle(Instances instances, boolean enabled) {
    this.instances = instances;
    this.enabled = enabled;
  }

  @Override
  public Future<?> start() {
    vertx.setPeriodic(TICK_MILLIS, _ -> tick());
    return Future.succeededFuture();
  }

  /** All nodes look, as changes are timed by who sees them; the leader acts. */
  private void tick() {
    SwarmState state = instances.history().state();
    long now = System.nanoTime();
    judges.observe(state, now);
    boolean replacing = isReplacing(state);
    Set<String> inSight = replacing ? instances.view().reports().keySet() : Set.of();
    List<Command> due = replacements.due(state, inSight, now / 1_000_000);
    if (!instances.history().isLeading() || busy) {
      return;
    }
    boolean looks = ++ticks % TICKS_PER_LOOK == 0;
    if (!due.isEmpty()) {
      act(settle(state, due.getFirst()));
    } else if (enabled && looks && !replacing) {
      act(look(state));
    }
  }

  /** Two that are built at a time would be planned for the same room, and slow each other. */
  private static boolean isReplacing(SwarmState state) {
    return state.placements().values().stream().anyMatch(each -> each.replacement().isPresent());
  }

  private void act(Future<?> action) {
    busy = true;
    var _ =
        action
            .onFailure(cause -> log.debug("pipelines stay as they are", cause))
            .onComplete(_ -> context.runOnContext(_ -> busy = false));
  }

  private Future<Void> settle(SwarmState state, Command due) {
    return switch (due) {
      case Command.TakeOver takeOver -> {
        Placement placement = state.placements().get(takeOver.pipelineId());
        yield placement == null
            ? Future.succeededFuture()
            : instances
                .speedup(placement)
                .otherwise(Optional.empty())
                .compose(speedup -> submit(state, verdict(takeOver, speedup)));
      }
      default -> submit(state, due);
    };
  }

  /** What does not pay any more is given up; where nothing is known, it was decided to be. */
  static Command verdict(Command.TakeOver takeOver, Optional<Double> speedup) {
    return speedup.isPresent() && !(speedup.get() > 1)
        ? new Command.DropReplacement(
            takeOver.pipelineId(), takeOver.buildId(), "answers would not come faster any more")
        : takeOver;
  }

  /** Looks at one pipeline after the other, until one is to be replaced. */
  private Future<Void> look(SwarmState state) {
    Future<Boolean> looked = Future.succeededFuture(false);
    for (Placement placement : state.placements().values()) {
      looked =
          looked.compose(
              replaces -> replaces ? Future.succeededFuture(true) : look(state, placement));
    }
    return looked.mapEmpty();
  }

  private Future<Boolean> look(SwarmState state, Placement placement) {
    return instances
        .better(placement)
        .otherwise(Optional.empty())
        .map(better -> worthIt(placement, better))
        .compose(better ->
            better
                .map(found -> replace(state, placement, found).map(true))
                .orElse(Future.succeededFuture(false)));
  }

  private Optional<Better> worthIt(Placement placement, Optional<Better> better) {
    Optional<Better> paying = better.filter(found -> found.gain().paysForItself());
    return judges
        .judge(placement.pipelineId())
        .flatMap(judge -> judge.judge(changes(paying), System.nanoTime()))
        .flatMap(_ -> paying);
  }

  private static List<Change> changes(Optional<Better> better) {
    return better.map(Better::change).<List<Change>>map(List::of).orElse(List.of());
  }

  private Future<Void> replace(SwarmState state, Placement placement, Better better) {
    log.info(
        "{} of {} is to be built anew: {}",
        placement.pipelineId(),
        placement.modelId(),
        better.reason());
    String buildId = UUID.randomUUID().toString().replace("-", "");
    Replacement next = new Replacement(buildId, better.stages(), better.reason());
    return submit(state, new Command.Replace(placement.pipelineId(), next));
  }

  /** For the epoch that this was thought of in: another leader thinks for itself. */
  private Future<Void> submit(SwarmState state, Command command) {
    Command.Request request =
        new Command.Request(UUID.randomUUID().toString(), OptionalLong.of(state.epoch()), command);
    return Future.fromCompletionStage(instances.history().submit(request), context)
        .map(outcome -> {
          if (outcome instanceof Outcome.Refused(Outcome.Refusal refusal, String detail)) {
            log.info("{} is refused: {} {}", command, refusal, detail);
          }
          return null;
        });
  }
}
