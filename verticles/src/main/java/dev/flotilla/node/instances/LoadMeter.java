package dev.flotilla.node.instances;

import dev.flotilla.federation.ReplicaAnnouncement;
import dev.flotilla.federation.ReplicaAnnouncement.State;
import dev.flotilla.federation.scaling.ModelLoad;
import dev.flotilla.federation.scaling.ModelLoad.PipelineLoad;
import dev.flotilla.federation.state.Placement;
import dev.flotilla.federation.state.ReplicaCount;
import dev.flotilla.federation.state.SwarmState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How busy the swarm's pipelines are, as their nodes announce it, and since when. Every node keeps
 * this, so that one that comes to lead knows it. Thread-safe.
 */
public final class LoadMeter {
  /** An announcement that was not repeated for so long is over. */
  private static final long LIFETIME_MILLIS = 5_000;

  private final LongSupplier millis;
  private final Map<Key, Seen> replicas = new HashMap<>();
  private final Map<String, Long> lastRequest = new HashMap<>();
  private final Map<String, Long> queuedSince = new HashMap<>();
  private final Map<String, Change> changes = new HashMap<>();

  private record Key(String nodeId, String modelId) {}

  private record Seen(State state, int slots, int running, int queued, long heard, long idleSince) {
    boolean ready() {
      return state == State.READY;
    }
  }

  private record Change(Set<String> builds, long at) {}

  /**
   * Nothing is known yet.
   *
   * @param millis the time, of any beginning
   */
  public LoadMeter(LongSupplier millis) {
    this.millis = millis;
  }

  /** Takes note of an announcement. */
  public synchronized void heard(ReplicaAnnouncement replica) {
    long now = millis.getAsLong();
    Key key = new Key(replica.nodeId(), replica.modelId());
    Seen before = replicas.get(key);
    boolean busy = replica.running() + replica.queued() > 0;
    replicas.put(
        key,
        new Seen(
            replica.state(),
            replica.slots(),
            replica.running(),
            replica.queued(),
            now,
            busy || before == null ? now : before.idleSince()));
    if (busy) {
      lastRequest.put(replica.modelId(), now);
    }
    if (waiting(replica.modelId()) > 0) {
      queuedSince.putIfAbsent(replica.modelId(), now);
    } else {
      queuedSince.remove(replica.modelId());
    }
  }

  private int waiting(String modelId) {
    return replicas.entrySet().stream()
        .filter(entry -> entry.getKey().modelId().equals(modelId))
        .mapToInt(entry -> entry.getValue().queued())
        .sum();
  }

  /**
   * All models that the swarm has decided something about. Pipelines that are not set up on demand
   * are never idle: who asked for them takes them down.
   *
   * @param mostReplicas of a model that nobody has said anything about
   */
  synchronized List<ModelLoad> loads(SwarmState state, int mostReplicas) {
    long now = millis.getAsLong();
    replicas.values().removeIf(seen -> now - seen.heard() > LIFETIME_MILLIS);
    Set<String> models = new TreeSet<>(state.replicas().keySet());
    state.placements().values().forEach(placement -> models.add(placement.modelId()));
    lastRequest.keySet().retainAll(models);
    queuedSince.keySet().retainAll(models);
    changes.keySet().retainAll(models);
    return models.stream().map(model -> load(state, model, mostReplicas, now)).toList();
  }

  private ModelLoad load(SwarmState state, String model, int mostReplicas, long now) {
    ReplicaCount count =
        Optional.ofNullable(state.replicas().get(model)).orElse(new ReplicaCount(0, mostReplicas));
    List<PipelineLoad> pipelines = pipelines(state, model, now);
    Set<String> builds = builds(state, model);
    Change change = changes.get(model);
    if (change == null || !change.builds().equals(builds)) {
      change = new Change(builds, now);
      changes.put(model, change);
    }
    return new ModelLoad(
        model,
        count.min(),
        Math.max(1, count.max()),
        state.pinnedModels().contains(model),
        pipelines,
        waiting(model),
        queuedSince.getOrDefault(model, now),
        lastRequest.getOrDefault(model, change.at()),
        change.at());
  }

  private static Set<String> builds(SwarmState state, String model) {
    return state.placements().values().stream()
        .filter(placement -> placement.modelId().equals(model))
        .map(Placement::buildId)
        .collect(Collectors.toSet());
  }

  private List<PipelineLoad> pipelines(SwarmState state, String model, long now) {
    List<PipelineLoad> pipelines = new ArrayList<>();
    Set<String> heads = new HashSet<>();
    for (Placement placement : state.placements().values()) {
      if (placement.modelId().equals(model)) {
        heads.add(placement.head());
        placement.replacement().ifPresent(next -> heads.add(next.head()));
        Seen seen = replicas.get(new Key(placement.head(), model));
        pipelines.add(load(placement.pipelineId(), seen, placement.onDemand(), now));
      }
    }
    replicas.forEach((key, seen) -> {
      boolean leaves = seen.state() == State.DRAINING;
      if (key.modelId().equals(model) && !heads.contains(key.nodeId()) && !leaves) {
        pipelines.add(load("at " + key.nodeId(), seen, false, now));
      }
    });
    return pipelines;
  }

  private static PipelineLoad load(String id, @Nullable Seen seen, boolean onDemand, long now) {
    return seen == null
        ? new PipelineLoad(id, false, 1, 0, now)
        : new PipelineLoad(
            id, seen.ready(), seen.slots(), seen.running(), onDemand ? seen.idleSince() : now);
  }

  /** The same, but only what was set up on demand: what may make way for another model. */
  synchronized List<ModelLoad> evictable(SwarmState state, int mostReplicas) {
    return loads(state, mostReplicas).stream()
        .map(load -> withoutKept(state, load))
        .filter(load -> !load.pipelines().isEmpty())
        .toList();
  }

  private static ModelLoad withoutKept(SwarmState state, ModelLoad load) {
    List<PipelineLoad> onDemand =
        load.pipelines().stream().filter(each -> isOnDemand(state, each.pipelineId())).toList();
    int kept = load.pipelines().size() - onDemand.size();
    return new ModelLoad(
        load.modelId(),
        Math.max(0, load.min() - kept),
        load.max(),
        load.pinned() && kept == 0,
        onDemand,
        load.waiting(),
        load.queuedSinceMillis(),
        load.lastRequestMillis(),
        load.lastChangeMillis());
  }

  static boolean isOnDemand(SwarmState state, String pipelineId) {
    Placement placement = state.placements().get(pipelineId);
    return placement != null && placement.onDemand();
  }
}
