package dev.flotilla.node.discovery;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;

/** Files that nobody but their owner reads. */
final class OwnerOnly {
  private OwnerOnly() {}

  /** Creates an empty file. Where the system has no such permissions, the folder's apply. */
  static void create(Path file) throws IOException {
    FileStore store = Files.getFileStore(file.toAbsolutePath().getParent());
    if (store.supportsFileAttributeView(PosixFileAttributeView.class)) {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } else {
      Files.createFile(file);
    }
  }
}
