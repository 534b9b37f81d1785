package dev.flotilla.cli;

import dev.flotilla.cli.config.Host;
import dev.flotilla.cli.config.NodeConfiguration;
import dev.flotilla.cli.config.NodeOptionsAssembly;
import dev.flotilla.node.NodeRunner;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code flotilla federated}: a gateway to a swarm until it is told to stop. */
@Command(
    name = "federated",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    abbreviateSynopsis = true,
    description = "Start a gateway: it offers the models of a swarm and serves none itself.",
    footer = {
      "",
      "Every option can also be given as a variable (--link-port as FLOTILLA_LINK_PORT) or in"
          + " the configuration file (link-port: 7948). Flags win over variables, variables over"
          + " the file."
    })
final class FederatedCommand extends NodeCommand {

  private FederatedCommand(Host host, NodeRunner runner) {
    super(host, runner, NodeOptionsAssembly::assembleGateway);
  }

  static CommandLine commandLine(Host host, NodeRunner runner) {
    CommandLine command = new CommandLine(new FederatedCommand(host, runner));
    NodeConfiguration.addGatewayFlags(command.getCommandSpec());
    return command;
  }
}
