package dev.flotilla.federation;

import dev.flotilla.federation.ReplicaAnnouncement.State;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The replicas that are alive, as last announced. Immutable: every change gives a new directory.
 * Time is the caller's, as of {@link System#nanoTime}.
 */
public final class ReplicaDirectory {

  /** A replica that was silent for so long is gone: five heartbeats. */
  public static final long SILENCE_NANOS = 5_000_000_000L;

  /** The most replicas that are kept; announcements of more are ignored. */
  static final int MAX_REPLICAS = 16_384;

  /** A directory without replicas. */
  public static final ReplicaDirectory EMPTY = new ReplicaDirectory(Map.of());

  private final Map<Key, Heard> replicas;

  private record Key(String nodeId, String modelId) {}

  /** An announcement and when it came. */
  public record Heard(ReplicaAnnouncement announcement, long nanos) {}

  private ReplicaDirectory(Map<Key, Heard> replicas) {
    this.replicas = Map.copyOf(replicas);
  }

  /** With an announcement, unless a newer one of the same replica came before it. */
  public ReplicaDirectory with(ReplicaAnnouncement announcement, long nowNanos) {
    Key key = new Key(announcement.nodeId(), announcement.modelId());
    Heard before = replicas.get(key);
    if (before == null && replicas.size() >= MAX_REPLICAS) {
      return this;
    }
    if (before != null && announcement.olderThan(before.announcement())) {
      return this;
    }
    Optional<PrefixDigest> known =
        before != null && before.announcement().incarnation() == announcement.incarnation()
            ? before.announcement().prefixes()
            : Optional.of(PrefixDigest.EMPTY);
    Map<Key, Heard> next = new HashMap<>(replicas);
    next.put(key, new Heard(announcement.with(announcement.prefixes().or(() -> known)), nowNanos));
    return new ReplicaDirectory(next);
  }

  /** Without a node's replicas: its link failed, or it left. */
  public ReplicaDirectory without(String nodeId) {
    Map<Key, Heard> next = new HashMap<>(replicas);
    return next.keySet().removeIf(key -> key.nodeId().equals(nodeId))
        ? new ReplicaDirectory(next)
        : this;
  }

  /** Without a replica that was unloaded. */
  public ReplicaDirectory without(String nodeId, String modelId) {
    Map<Key, Heard> next = new HashMap<>(replicas);
    return next.remove(new Key(nodeId, modelId)) == null ? this : new ReplicaDirectory(next);
  }

  /** Without those that were silent for {@link #SILENCE_NANOS}. */
  public ReplicaDirectory alive(long nowNanos) {
    Map<Key, Heard> next = new HashMap<>(replicas);
    return next.values().removeIf(heard -> nowNanos - heard.nanos() >= SILENCE_NANOS)
        ? new ReplicaDirectory(next)
        : this;
  }

  /** All replicas of a model, in no order. */
  public List<Heard> replicas(String modelId) {
    return replicas.values().stream()
        .filter(heard -> heard.announcement().modelId().equals(modelId))
        .toList();
  }

  /** All replicas, in no order. */
  public List<Heard> replicas() {
    return List.copyOf(replicas.values());
  }

  /** The models that some replica serves or is about to, in alphabetical order. */
  public Set<String> models() {
    Set<String> models = new TreeSet<>();
    for (Heard heard : replicas.values()) {
      if (heard.announcement().state() != State.FAILED) {
        models.add(heard.announcement().modelId());
      }
    }
    return models;
  }
}
