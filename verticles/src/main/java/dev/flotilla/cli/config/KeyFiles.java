package dev.flotilla.cli.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What files with keys have in common. */
final class KeyFiles {
  private static final Logger log = LoggerFactory.getLogger(KeyFiles.class);

  private KeyFiles() {}

  /** Warns where everybody may read a file. */
  static void warnOfReaders(Path file) throws IOException {
    try {
      if (Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)) {
        log.warn("every user of this machine can read the API keys in {}: chmod 600 it", file);
      }
    } catch (UnsupportedOperationException _) {
      // The system has no such permissions.
    }
  }
}
