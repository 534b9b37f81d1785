package dev.flotilla;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.ImportOrderer;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.RemoveUnusedImports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every source file is formatted as Spotless would format it. Spotless itself parses with the JVM
 * that runs Maven, which may be too old for the sources; tests always run on the newer one.
 */
class SourceFormatTest {

  @Test
  void sourcesAreFormatted() throws IOException {
    Path repository = Path.of("").toAbsolutePath().getParent();
    try (Stream<Path> files = Files.walk(repository)) {
      List<Path> sources =
          files
              .filter(file -> file.toString().endsWith(".java"))
              .filter(file -> file.toString().contains("/src/"))
              .toList();
      assertThat(sources).hasSizeGreaterThan(50);
      assertThat(sources.parallelStream().filter(file -> !isFormatted(file)))
          .as("unformatted; `mvn spotless:apply` with Maven on a JDK >= 21 mends it")
          .isEmpty();
    }
  }

  private static boolean isFormatted(Path file) {
    try {
      String source = Files.readString(file);
      String formatted = new Formatter().formatSource(source);
      return ImportOrderer.reorderImports(
              RemoveUnusedImports.removeUnusedImports(formatted), JavaFormatterOptions.Style.GOOGLE)
          .equals(source);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (FormatterException e) {
      throw new AssertionError(file + ": " + e.getMessage(), e);
    }
  }
}
