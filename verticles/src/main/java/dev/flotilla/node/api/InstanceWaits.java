package dev.flotilla.node.api;

import dev.flotilla.federation.state.Placement;
import dev.flotilla.federation.state.Placement.Status;
import dev.flotilla.node.instances.Instances;
import dev.flotilla.node.instances.SwarmView;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code /instance/await}: tells a client when a pipeline serves or can't, as one SSE event after
 * comments that say how far it is.
 */
final class InstanceWaits {
  private static final int MAX_WAITING = 256;
  private static final int PRESET_SECONDS = 60;
  private static final int MOST_SECONDS = 600;
  private static final long TOLD_MILLIS = 1_000;

  private final Vertx vertx;
  private final Optional<Instances> joined;
  private final Set<Wait> waits = new HashSet<>();

  InstanceWaits(Vertx vertx, Optional<Instances> joined) {
    this.vertx = vertx;
    this.joined = joined;
  }

  void await(RoutingContext ctx) {
    Instances swarm = InstanceRoutes.of(joined);
    @Nullable String model = ctx.queryParams().get("model_id");
    @Nullable String instance = ctx.queryParams().get("instance_id");
    if ((model == null) == (instance == null)) {
      throw ApiException.invalid(
          model == null ? "model_id" : "instance_id",
          "Either 'model_id' or 'instance_id' says what is waited for.");
    }
    int seconds = seconds(ctx.queryParams().get("timeout_seconds"));
    if (waits.size() >= MAX_WAITING) {
      throw new ApiException(
          ApiFailure.QUEUE_FULL, MAX_WAITING + " clients wait for instances at this node.");
    }
    Wait wait = new Wait(swarm, ctx.response(), model, instance, seconds);
    waits.add(wait);
    ctx.addEndHandler(_ -> wait.end());
    wait.begin();
  }

  private static int seconds(@Nullable String text) {
    if (text == null) {
      return PRESET_SECONDS;
    }
    if (!text.matches("[0-9]{1,4}")
        || Integer.parseInt(text) < 1
        || Integer.parseInt(text) > MOST_SECONDS) {
      throw ApiException.invalid(
          "timeout_seconds", "'timeout_seconds' is a number from 1 to " + MOST_SECONDS + ".");
    }
    return Integer.parseInt(text);
  }

  void close() {
    Set.copyOf(waits).forEach(wait -> wait.tell("timeout", Optional.empty()));
  }

  /** What becomes of the pipelines that are waited for; empty while that is open. Pure. */
  static Optional<String> verdict(List<Placement> placements, SwarmView view, boolean wasThere) {
    if (placements.stream().anyMatch(each -> serves(each, view))) {
      return Optional.of("ready");
    }
    if (placements.isEmpty()) {
      return wasThere ? Optional.of("removed") : Optional.empty();
    }
    return placements.stream().allMatch(each -> each.status() == Status.FAILED)
        ? Optional.of("failed")
        : Optional.empty();
  }

  /** What a head that is away reported last says nothing. */
  static boolean serves(Placement placement, SwarmView view) {
    return placement.status() == Status.READY && view.reports().containsKey(placement.head());
  }

  /** One client. On its event loop. */
  private final class Wait {
    private final Instances swarm;
    private final HttpServerResponse response;
    private final @Nullable String model;
    private final @Nullable String instance;
    private final long deadlineNanos;
    private final long beganNanos = System.nanoTime();
    private Runnable unfollow = () -> {};
    private long timer;
    private boolean wasThere;
    private boolean ended;

    Wait(
        Instances swarm,
        HttpServerResponse response,
        @Nullable String model,
        @Nullable String instance,
        int seconds) {
      this.swarm = swarm;
      this.response = response;
      this.model = model;
      this.instance = instance;
      this.deadlineNanos = beganNanos + seconds * 1_000_000_000L;
    }

    void begin() {
      Context loop = vertx.getOrCreateContext();
      response
          .setChunked(true)
          .putHeader("Content-Type", "text/event-stream; charset=utf-8")
          .putHeader("Cache-Control", "no-cache");
      unfollow = swarm.history().onChange(() -> loop.runOnContext(_ -> look()));
      timer = vertx.setPeriodic(TOLD_MILLIS, _ -> tick());
      tick();
    }

    private List<Placement> placements() {
      return swarm.history().state().placements().values().stream()
          .filter(each -> each.modelId().equals(model) || each.pipelineId().equals(instance))
          .toList();
    }

    private void tick() {
      look();
      if (!ended && System.nanoTime() - deadlineNanos >= 0) {
        tell("timeout", placements().stream().findFirst());
      } else if (!ended) {
        String how = placements().isEmpty() ? "not decided yet" : "loading";
        write(": %s, %d s\n\n".formatted(how, (System.nanoTime() - beganNanos) / 1_000_000_000L));
      }
    }

    private void look() {
      List<Placement> placements = placements();
      if (!ended) {
        SwarmView view = swarm.view();
        verdict(placements, view, wasThere)
            .ifPresent(type ->
                tell(
                    type,
                    placements.stream()
                        .filter(each -> !type.equals("ready") || serves(each, view))
                        .findFirst()));
        wasThere |= !placements.isEmpty();
      }
    }

    private void tell(String type, Optional<Placement> placement) {
      JsonObject event = new JsonObject().put("type", type);
      placement.ifPresent(each -> event.put("instance", StateJson.of(each)));
      write("data: " + event.encode() + "\n\n");
      end();
      if (!response.ended() && !response.closed()) {
        var _ = response.end();
      }
    }

    private void write(String text) {
      if (!ended && !response.closed() && !response.writeQueueFull()) {
        var _ = response.write(text);
      }
    }

    void end() {
      if (!ended) {
        ended = true;
        unfollow.run();
        vertx.cancelTimer(timer);
        waits.remove(this);
      }
    }
  }
}
