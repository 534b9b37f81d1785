package dev.flotilla.node;

import java.nio.file.Path;

/** Where a chat template comes from when the model's own is not used. */
public sealed interface ChatTemplateSource {

  /**
   * A Jinja file.
   *
   * @param path the file
   */
  record Jinja(Path path) implements ChatTemplateSource {}

  /**
   * A template that is known by name.
   *
   * @param name {@code chatml}, say
   */
  record Named(String name) implements ChatTemplateSource {}
}
