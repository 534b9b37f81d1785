package dev.flotilla.cli;

import dev.flotilla.cli.config.Host;
import dev.flotilla.cli.config.NodeConfiguration;
import dev.flotilla.cli.config.NodeOptionsAssembly;
import dev.flotilla.cli.http.JsonCalls;
import dev.flotilla.node.AdminKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;

/** How commands reach the node of this machine as its administrator. */
final class NodeAccess {
  private NodeAccess() {}

  /** The folder of the node's state, as the command's flags, variables and files say. */
  static Path stateDir(CommandSpec command, Host host) {
    return new NodeOptionsAssembly(
            NodeConfiguration.load(command.commandLine().getParseResult(), host), host)
        .stateDir();
  }

  /** Calls to a node with the key of its administrator, where the state folder has one. */
  static JsonCalls administer(CommandSpec command, Host host, ServerOption server)
      throws IOException {
    Path file = AdminKey.file(stateDir(command, host));
    Optional<String> key =
        Files.isReadable(file) ? Optional.of(Files.readString(file).strip()) : host.apiKey();
    return new JsonCalls(server.base(command, host, key));
  }
}
