package dev.flotilla.node;

import dev.flotilla.engine.EngineOptions;
import java.util.Optional;

/**
 * One model that a node serves.
 *
 * @param id the name that requests use: 1 to {@value #MAX_ID_CHARS} characters, none of them a
 *     control character
 * @param engine how its engine process runs it
 * @param chatTemplate what replaces the model's own chat template
 */
public record ModelOptions(
    String id, EngineOptions engine, Optional<ChatTemplateSource> chatTemplate) {

  /** The longest model id. */
  public static final int MAX_ID_CHARS = 255;

  public ModelOptions {
    NodeOptions.require(
        !id.isBlank()
            && id.length() <= MAX_ID_CHARS
            && id.chars().noneMatch(Character::isISOControl),
        "model",
        "a model's name must have 1 to " + MAX_ID_CHARS + " printable characters");
  }
}
