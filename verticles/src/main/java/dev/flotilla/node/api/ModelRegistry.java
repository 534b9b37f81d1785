package dev.flotilla.node.api;

import java.util.List;
import java.util.Optional;

/** The models that this node serves. Any thread; cheap enough to ask on every request. */
public interface ModelRegistry {

  /** All of them, the default first; ids are unique. */
  List<ServedModel> models();

  /** Where a model runs; empty where that is nowhere but here. */
  default List<ReplicaView> replicas(String id) {
    return List.of();
  }

  /**
   * The model of that id. It may be one that {@link #models} leaves out, because nobody serves it
   * right now.
   */
  default Optional<ServedModel> find(String id) {
    return models().stream().filter(model -> model.id().equals(id)).findFirst();
  }
}
