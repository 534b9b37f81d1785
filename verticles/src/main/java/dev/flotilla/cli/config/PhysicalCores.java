package dev.flotilla.cli.config;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * Physical cores of this machine. Two compute threads on one core's two hardware threads hinder
 * each other, so the number of logical processors would be a bad default.
 */
final class PhysicalCores {
  private PhysicalCores() {}

  /**
   * How many there are, as Linux tells in {@code /sys}; elsewhere every processor counts as one.
   *
   * @param processors logical processors that this process may use: the most that is returned
   */
  static int count(int processors) {
    int cores = coresListed(Path.of("/sys/devices/system/cpu"));
    return cores == 0 ? processors : Math.min(cores, processors);
  }

  /** Distinct sets of sibling threads under a folder laid out like Linux's; 0 if it is not. */
  static int coresListed(Path cpuFolder) {
    Set<String> siblingSets = new HashSet<>();
    try (DirectoryStream<Path> cpus = Files.newDirectoryStream(cpuFolder, "cpu[0-9]*")) {
      for (Path cpu : cpus) {
        Path siblings = cpu.resolve("topology/thread_siblings_list");
        if (Files.isReadable(siblings)) {
          siblingSets.add(Files.readString(siblings).strip());
        }
      }
    } catch (IOException _) {
      return 0;
    }
    return siblingSets.size();
  }
}
