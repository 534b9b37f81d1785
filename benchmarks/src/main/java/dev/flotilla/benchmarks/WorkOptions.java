package dev.flotilla.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** Where benchmarks find and keep things. */
final class WorkOptions {

  @Option(
      names = "--work",
      paramLabel = "DIR",
      description =
          "Folder for forged models, native libraries and node state; several GB."
              + " [flotilla-benchmarks in the folder for temporary files]")
  private Path work = Path.of(System.getProperty("java.io.tmpdir"), "flotilla-benchmarks");

  @Option(
      names = "--shared",
      paramLabel = "DIR",
      description = "Folder with models/ and data/. [shared/ beside the checkout]")
  private Path shared = above("shared");

  /** The working folder, which exists. */
  Path folder() throws IOException {
    return Files.createDirectories(work).toAbsolutePath();
  }

  /**
   * A file of the shared folder.
   *
   * @throws IOException if it is not there
   */
  Path shared(String name) throws IOException {
    Path file = shared.resolve(name);
    if (!Files.isRegularFile(file)) {
      throw new IOException(file + " is missing; --shared names the folder that has it");
    }
    return file.toAbsolutePath();
  }

  /** The script that users start Flotilla with. */
  static Path launcher() {
    return above("flotilla");
  }

  /** The nearest file or folder of a name in the current folder or one that it lies in. */
  private static Path above(String name) {
    Path here = Path.of("").toAbsolutePath();
    return Stream.iterate(here, folder -> folder != null, Path::getParent)
        .map(folder -> folder.resolve(name))
        .filter(Files::exists)
        .findFirst()
        .orElse(here.resolve(name));
  }
}
