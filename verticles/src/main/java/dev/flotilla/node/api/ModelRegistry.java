package dev.flotilla.node.api;

import java.util.List;
import java.util.Optional;

/** The models that this node serves. Any thread; cheap enough to ask on every request. */
public interface ModelRegistry {

  /** All of them, the default first; ids are unique. */
  List<ServedModel> models();

  /** The model of that id. */
  default Optional<ServedModel> find(String id) {
    return models().stream().filter(model -> model.id().equals(id)).findFirst();
  }
}
