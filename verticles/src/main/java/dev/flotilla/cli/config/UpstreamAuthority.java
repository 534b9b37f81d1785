package dev.flotilla.cli.config;

import java.nio.file.Path;

/**
 * One {@code --upstream-ca}.
 *
 * @param upstream its name
 * @param file with the certificates that it is to be believed by
 */
record UpstreamAuthority(String upstream, Path file) {

  /**
   * Reads {@code NAME=FILE}.
   *
   * @throws IllegalArgumentException if a part is empty
   */
  static UpstreamAuthority parse(String text) {
    int equals = text.indexOf('=');
    if (equals <= 0 || text.substring(equals + 1).isBlank()) {
      throw new IllegalArgumentException("'" + text + "' is not NAME=FILE");
    }
    return new UpstreamAuthority(
        text.substring(0, equals).strip(), Path.of(text.substring(equals + 1).strip()));
  }
}
