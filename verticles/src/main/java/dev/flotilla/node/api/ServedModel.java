package dev.flotilla.node.api;

import dev.flotilla.chat.ChatTemplate;
import dev.flotilla.sharding.Pipeline;

/**
 * A model that clients may ask for.
 *
 * @param pipeline the replica that serves it
 * @param template how its conversations are written
 */
public record ServedModel(Pipeline pipeline, ChatTemplate template) {

  /** The name that requests use. */
  public String id() {
    return pipeline.model().id();
  }
}
