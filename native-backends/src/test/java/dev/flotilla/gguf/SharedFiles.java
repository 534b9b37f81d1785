package dev.flotilla.gguf;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * Real models and vocabularies that lie beside a checkout, in {@code ../shared}. Another place can
 * be named with {@code -Dflotilla.shared=FOLDER}.
 */
public final class SharedFiles {
  private SharedFiles() {}

  /** A file below {@code shared}; the calling test is skipped if it is not there. */
  public static Path require(String name) {
    Optional<Path> file = find(name);
    Assumptions.assumeTrue(
        file.isPresent(), () -> "no shared/%s beside the checkout".formatted(name));
    return file.orElseThrow();
  }

  private static Optional<Path> find(String name) {
    String named = System.getProperty("flotilla.shared");
    Stream<Path> folders =
        named != null
            ? Stream.of(Path.of(named))
            : Stream.iterate(Path.of("").toAbsolutePath(), p -> p != null, Path::getParent)
                .map(folder -> folder.resolve("shared"));
    return folders.map(folder -> folder.resolve(name)).filter(Files::isRegularFile).findFirst();
  }
}
