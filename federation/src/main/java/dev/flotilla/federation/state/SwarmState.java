package dev.flotilla.federation.state;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * What the swarm has decided up to an index. Immutable; equal histories give equal states.
 *
 * @param epoch of the last entry
 * @param leaderId who wrote it; empty before the first
 * @param index of the last entry; 0 before the first
 * @param hash of the last entry, which names the whole history up to it
 * @param members by node id
 * @param models by model id
 * @param replicas wanted, by model id
 * @param pinnedModels that are not to be unloaded
 * @param placements by pipeline id
 * @param recentCommands ids of the commands carried out last, the oldest first
 */
public record SwarmState(
    long epoch,
    String leaderId,
    long index,
    long hash,
    SortedMap<String, Member> members,
    SortedMap<String, ModelEntry> models,
    SortedMap<String, ReplicaCount> replicas,
    SortedSet<String> pinnedModels,
    SortedMap<String, Placement> placements,
    List<String> recentCommands) {

  /** Before anything was decided. */
  public static final SwarmState EMPTY =
      new SwarmState(
          0,
          "",
          0,
          0,
          new TreeMap<>(),
          new TreeMap<>(),
          new TreeMap<>(),
          new TreeSet<>(),
          new TreeMap<>(),
          List.of());

  public SwarmState {
    members = Collections.unmodifiableSortedMap(members);
    models = Collections.unmodifiableSortedMap(models);
    replicas = Collections.unmodifiableSortedMap(replicas);
    pinnedModels = Collections.unmodifiableSortedSet(pinnedModels);
    placements = Collections.unmodifiableSortedMap(placements);
    recentCommands = List.copyOf(recentCommands);
  }

  /** Whether an entry is the next one of this history. */
  public boolean isFollowedBy(LogEntry entry) {
    return entry.index() == index + 1 && entry.parentHash() == hash && entry.epoch() >= epoch;
  }

  /**
   * The state after an entry.
   *
   * @throws IllegalArgumentException if this is not {@linkplain #isFollowedBy followed by} it
   */
  public SwarmState apply(LogEntry entry) {
    if (!isFollowedBy(entry)) {
      throw new IllegalArgumentException(
          "entry %d of epoch %d does not follow %d of epoch %d"
              .formatted(entry.index(), entry.epoch(), index, epoch));
    }
    SwarmState state = this;
    for (Event event : entry.events()) {
      state = state.apply(event);
    }
    return state.at(entry);
  }

  private SwarmState apply(Event event) {
    return switch (event) {
      case Event.LeaderElected() -> this;
      case Event.MemberJoined(Member member) ->
          withMembers(changed(members, map -> map.put(member.nodeId(), member)));
      case Event.MemberLeft(String nodeId) ->
          withMembers(changed(members, map -> map.remove(nodeId)));
      case Event.ModelAdded(ModelEntry model) ->
          withModels(
              changed(models, map -> map.put(model.modelId(), model)), replicas, pinnedModels);
      case Event.ModelRemoved(String modelId) ->
          withModels(
              changed(models, map -> map.remove(modelId)),
              changed(replicas, map -> map.remove(modelId)),
              pins(set -> set.remove(modelId)));
      case Event.ModelPinned(String modelId) ->
          withModels(models, replicas, pins(set -> set.add(modelId)));
      case Event.ModelUnpinned(String modelId) ->
          withModels(models, replicas, pins(set -> set.remove(modelId)));
      case Event.ReplicasWanted(String modelId, ReplicaCount count) ->
          withModels(models, changed(replicas, map -> map.put(modelId, count)), pinnedModels);
      case Event.PipelinePlaced(Placement placement) ->
          withPlacements(changed(placements, map -> map.put(placement.pipelineId(), placement)));
      case Event.PipelineStatusChanged(
              String pipelineId,
              Placement.Status status,
              String problem) ->
          changed(pipelineId, old -> old.with(status, problem));
      case Event.ReplacementBegun(String pipelineId, Replacement next) ->
          changed(pipelineId, old -> old.with(next));
      case Event.ReplacementStatusChanged(
              String pipelineId,
              Placement.Status status,
              String problem) ->
          changed(
              pipelineId,
              old ->
                  old.withReplacement(old.replacement().map(next -> next.with(status, problem))));
      case Event.PipelineReplaced(String pipelineId) ->
          changed(pipelineId, old -> old.replacement().isPresent() ? old.replaced() : old);
      case Event.ReplacementDropped(String pipelineId, String _) ->
          changed(pipelineId, old -> old.withReplacement(Optional.empty()));
      case Event.PipelineRemoved(String pipelineId) ->
          withPlacements(changed(placements, map -> map.remove(pipelineId)));
    };
  }

  private SwarmState changed(String pipelineId, UnaryOperator<Placement> change) {
    return withPlacements(
        changed(
            placements, map -> map.computeIfPresent(pipelineId, (_, old) -> change.apply(old))));
  }

  /** Members who decide. */
  public Set<String> voters() {
    return members.values().stream()
        .filter(Member::votes)
        .map(Member::nodeId)
        .collect(Collectors.toSet());
  }

  /**
   * Whether a node drives a pipeline of a model, or is to: it can't drive two.
   *
   * @param other than this pipeline
   */
  public boolean isDriving(String nodeId, String modelId, String other) {
    return placements.values().stream()
        .anyMatch(each ->
            !each.pipelineId().equals(other)
                && each.modelId().equals(modelId)
                && each.isDrivenBy(nodeId));
  }

  /** How many pipelines of a model there are to be. */
  public long pipelinesOf(String modelId) {
    return placements.values().stream().filter(each -> each.modelId().equals(modelId)).count();
  }

  /** Memory that the stages on a node take, and those that are built there. */
  public long placedBytes(String nodeId) {
    return placements.values().stream()
        .flatMap(Placement::allStages)
        .filter(stage -> stage.nodeId().equals(nodeId))
        .mapToLong(Placement.StageAt::memoryBytes)
        .sum();
  }

  private static <V> SortedMap<String, V> changed(
      SortedMap<String, V> map, Consumer<SortedMap<String, V>> change) {
    SortedMap<String, V> copy = new TreeMap<>(map);
    change.accept(copy);
    return copy;
  }

  private SortedSet<String> pins(Consumer<SortedSet<String>> change) {
    SortedSet<String> copy = new TreeSet<>(pinnedModels);
    change.accept(copy);
    return copy;
  }

  private SwarmState at(LogEntry entry) {
    return new SwarmState(
        entry.epoch(),
        entry.leaderId(),
        entry.index(),
        StateCodec.hash(entry),
        members,
        models,
        replicas,
        pinnedModels,
        placements,
        entry.commandId().isEmpty() ? recentCommands : withRecent(entry.commandId()));
  }

  private List<String> withRecent(String commandId) {
    List<String> recent = new ArrayList<>(recentCommands);
    recent.add(commandId);
    int tooMany = recent.size() - Limits.RECENT_COMMANDS;
    return tooMany > 0 ? recent.subList(tooMany, recent.size()) : recent;
  }

  private SwarmState withMembers(SortedMap<String, Member> changed) {
    return new SwarmState(
        epoch,
        leaderId,
        index,
        hash,
        changed,
        models,
        replicas,
        pinnedModels,
        placements,
        recentCommands);
  }

  private SwarmState withModels(
      SortedMap<String, ModelEntry> changed,
      SortedMap<String, ReplicaCount> changedReplicas,
      SortedSet<String> changedPins) {
    return new SwarmState(
        epoch,
        leaderId,
        index,
        hash,
        members,
        changed,
        changedReplicas,
        changedPins,
        placements,
        recentCommands);
  }

  private SwarmState withPlacements(SortedMap<String, Placement> changed) {
    return new SwarmState(
        epoch,
        leaderId,
        index,
        hash,
        members,
        models,
        replicas,
        pinnedModels,
        changed,
        recentCommands);
  }
}
