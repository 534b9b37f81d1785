package dev.flotilla.federation;

import dev.flotilla.federation.ReplicaAnnouncement.State;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

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
  public static final ReplicaDirectory EMPTY = new ReplicaDirectory(Map.of(), Map.of());

  private final Map<Key, Heard> replicas;

  /**
   * The last words of replicas that are known to be gone; others of theirs may still be on the way.
   */
  private final Map<Key, Heard> gone;

  /** The same replicas as requests ask for them, which come far more often than announcements. */
  private final Map<String, List<Heard>> byModel;

  private record Key(String nodeId, String modelId) {}

  /** An announcement and when it came. */
  public record Heard(ReplicaAnnouncement announcement, long nanos) {}

  private ReplicaDirectory(Map<Key, Heard> replicas, Map<Key, Heard> gone) {
    this.replicas = Map.copyOf(replicas);
    this.gone = Map.copyOf(gone);
    this.byModel =
        replicas.values().stream()
            .collect(
                Collectors.groupingBy(
                    heard -> heard.announcement().modelId(), Collectors.toUnmodifiableList()));
  }

  /**
   * With an announcement, unless a newer one of the same replica came before it, or it is known to
   * be {@linkplain #withoutGone gone}.
   */
  public ReplicaDirectory with(ReplicaAnnouncement announcement, long nowNanos) {
    Key key = new Key(announcement.nodeId(), announcement.modelId());
    Heard before = replicas.get(key);
    if (before == null && replicas.size() >= MAX_REPLICAS) {
      return this;
    }
    if (before != null && announcement.olderThan(before.announcement())) {
      return this;
    }
    Heard last = gone.get(key);
    if (last != null && announcement.incarnation() <= last.announcement().incarnation()) {
      return this;
    }
    Optional<PrefixDigest> known =
        before != null && before.announcement().incarnation() == announcement.incarnation()
            ? before.announcement().prefixes()
            : Optional.of(PrefixDigest.EMPTY);
    Map<Key, Heard> next = new HashMap<>(replicas);
    next.put(key, new Heard(announcement.with(announcement.prefixes().or(() -> known)), nowNanos));
    return new ReplicaDirectory(next, gone);
  }

  /** Without a node's replicas: its link failed, or it left. */
  public ReplicaDirectory without(String nodeId) {
    Map<Key, Heard> next = new HashMap<>(replicas);
    return next.keySet().removeIf(key -> key.nodeId().equals(nodeId))
        ? new ReplicaDirectory(next, gone)
        : this;
  }

  /** Without a replica that was unloaded. */
  public ReplicaDirectory without(String nodeId, String modelId) {
    Map<Key, Heard> next = new HashMap<>(replicas);
    return next.remove(new Key(nodeId, modelId)) == null ? this : new ReplicaDirectory(next, gone);
  }

  /**
   * Without a replica of which its node says that there is none. What the node has announced of it
   * before may come later: only an announcement of a later incarnation brings it back.
   *
   * @param replica as it was known when its node was asked
   */
  public ReplicaDirectory withoutGone(ReplicaAnnouncement replica, long nowNanos) {
    Key key = new Key(replica.nodeId(), replica.modelId());
    Heard known = replicas.get(key);
    if (known != null && known.announcement().incarnation() > replica.incarnation()) {
      return this;
    }
    Map<Key, Heard> ended = new HashMap<>(gone);
    ended.put(key, new Heard(replica, nowNanos));
    return new ReplicaDirectory(without(key.nodeId(), key.modelId()).replicas, ended);
  }

  /**
   * Without those that were silent for {@link #SILENCE_NANOS}; those that are gone are forgotten
   * after as long.
   */
  public ReplicaDirectory alive(long nowNanos) {
    Map<Key, Heard> next = new HashMap<>(replicas);
    Map<Key, Heard> ended = new HashMap<>(gone);
    boolean silent = next.values().removeIf(heard -> isOld(heard, nowNanos));
    boolean forgotten = ended.values().removeIf(heard -> isOld(heard, nowNanos));
    return silent || forgotten ? new ReplicaDirectory(next, ended) : this;
  }

  private static boolean isOld(Heard heard, long nowNanos) {
    return nowNanos - heard.nanos() >= SILENCE_NANOS;
  }

  /** All replicas of a model, in no order. */
  public List<Heard> replicas(String modelId) {
    return byModel.getOrDefault(modelId, List.of());
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
