package dev.flotilla.cli.config;

import java.util.Optional;

/**
 * One {@code --model}.
 *
 * @param name what {@code NAME=} says, if it is there
 * @param file a path, or the name of a file in the models folder with or without {@code .gguf}
 */
public record ModelSpec(Optional<String> name, String file) {

  /**
   * Reads {@code FILE} or {@code NAME=FILE}. A file whose own name holds an equals sign is written
   * with a slash before it: {@code ./a=b.gguf}.
   *
   * @throws IllegalArgumentException if a part is empty
   */
  static ModelSpec parse(String text) {
    int equals = text.indexOf('=');
    boolean named = equals >= 0 && !text.substring(0, equals).contains("/");
    String file = named ? text.substring(equals + 1) : text;
    if (file.isBlank() || (named && equals == 0)) {
      throw new IllegalArgumentException("'" + text + "' is neither FILE nor NAME=FILE");
    }
    return new ModelSpec(named ? Optional.of(text.substring(0, equals)) : Optional.empty(), file);
  }
}
