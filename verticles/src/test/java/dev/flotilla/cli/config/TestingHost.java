package dev.flotilla.cli.config;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Machines as tests want them: four cores with two hardware threads each. */
final class TestingHost {
  private TestingHost() {}

  static Host with(Map<String, String> environment) {
    return new Host(environment, Path.of("/home/someone"), Optional.empty(), 8, 4);
  }

  static Host withHome(Path home, Map<String, String> environment) {
    return new Host(environment, home, Optional.of(home.resolve("installation")), 8, 4);
  }
}
