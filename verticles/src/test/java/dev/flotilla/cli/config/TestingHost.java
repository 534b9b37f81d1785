package dev.flotilla.cli.config;

import dev.flotilla.node.NodeOptions;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** Machines as tests want them: four cores with two hardware threads each. */
final class TestingHost {
  private TestingHost() {}

  static Host with(Map<String, String> environment) {
    return new Host(environment, Path.of("/home/someone"), Optional.empty(), 8, 4);
  }

  static Host withHome(Path home, Map<String, String> environment) {
    return new Host(environment, home, Optional.of(home.resolve("installation")), 8, 4);
  }

  /** What a node is told there. */
  static EffectiveSettings load(Path home, Map<String, String> environment, String... flags) {
    CommandLine command = new CommandLine(CommandSpec.create());
    NodeConfiguration.addFlags(command.getCommandSpec());
    return NodeConfiguration.load(command.parseArgs(flags), withHome(home, environment));
  }

  /** What it makes of that. */
  static NodeOptions assemble(Path home, Map<String, String> environment, String... flags) {
    Host host = withHome(home, environment);
    return new NodeOptionsAssembly(load(home, environment, flags), host).assemble();
  }
}
