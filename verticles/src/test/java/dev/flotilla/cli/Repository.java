package dev.flotilla.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where tests find this repository. */
public final class Repository {
  private Repository() {}

  /** Its root: the folder of the launcher, at or above the working directory. */
  public static Path root() {
    return folderHolding("flotilla.cmd");
  }

  /** The shared test models, in a folder beside the checkout or above it. */
  public static Path models() {
    return folderHolding("shared/models").resolve("shared/models");
  }

  private static Path folderHolding(String entry) {
    for (@Nullable Path folder = Path.of("").toAbsolutePath();
        folder != null;
        folder = folder.getParent()) {
      if (Files.exists(folder.resolve(entry))) {
        return folder;
      }
    }
    throw new IllegalStateException("no folder above the working directory holds " + entry);
  }
}
