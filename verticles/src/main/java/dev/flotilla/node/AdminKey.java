package dev.flotilla.node;

import dev.flotilla.tokens.Hex;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The key by which whoever may read a node's state folder administers it: the file {@code
 * admin-key}, made at the first start, readable by its owner alone.
 */
public final class AdminKey {
  private static final String FILE = "admin-key";
  private static final int BYTES = 24;

  private AdminKey() {}

  /** Where a node keeps its key. */
  public static Path file(Path stateDir) {
    return stateDir.resolve(FILE);
  }

  /**
   * The key of a node, made now if there is none.
   *
   * @throws OptionException if the folder can't be used
   */
  static String in(Path stateDir) {
    Path file = file(stateDir);
    try {
      if (!Files.exists(file)) {
        Files.createDirectories(stateDir);
        Files.createFile(file, ownerOnly());
        Files.writeString(file, Hex.random(BYTES) + "\n");
      }
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new OptionException("state-dir", "can't use " + file + ": " + e);
    }
  }

  private static FileAttribute<?>[] ownerOnly() {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }
}
