package dev.flotilla.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Folders that a benchmark makes and takes away. */
final class Folders {
  private Folders() {}

  /** Deletes a folder and everything in it. */
  static void delete(Path folder) throws IOException {
    List<Path> found;
    try (Stream<Path> files = Files.walk(folder)) {
      found = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path each : found) {
      Files.delete(each);
    }
  }
}
