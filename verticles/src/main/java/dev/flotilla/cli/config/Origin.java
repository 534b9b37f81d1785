package dev.flotilla.cli.config;

import java.nio.file.Path;

/** Where the value of a setting came from. */
public sealed interface Origin {

  /** Given on the command line. */
  record Flag() implements Origin {}

  /**
   * Given in the environment.
   *
   * @param variable the variable's name
   */
  record Environment(String variable) implements Origin {}

  /**
   * Given in the configuration file.
   *
   * @param path the file
   */
  record File(Path path) implements Origin {}

  /** Given nowhere. */
  record Default() implements Origin {}

  /** It in a few words, for people. */
  default String describe() {
    return switch (this) {
      case Flag() -> "flag";
      case Environment(String variable) -> "environment " + variable;
      case File(Path path) -> "file " + path;
      case Default() -> "default";
    };
  }
}
