package dev.flotilla.cli;

import dev.flotilla.cli.config.EffectiveSettings;
import dev.flotilla.cli.config.Host;
import dev.flotilla.cli.config.NodeConfiguration;
import dev.flotilla.cli.config.NodeOptionsAssembly;
import dev.flotilla.node.NodeOptions;
import dev.flotilla.node.NodeRunner;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A command that starts a node and goes on until the node is told to stop. */
abstract class NodeCommand implements Callable<Integer> {
  private static final Logger log = LoggerFactory.getLogger(NodeCommand.class);

  private final Host host;
  private final NodeRunner runner;
  private final Function<NodeOptionsAssembly, NodeOptions> kind;

  @Spec private CommandSpec spec;

  @Option(
      names = "--print-config",
      description = "Print every setting, its value and where it came from, and exit.")
  private boolean printConfig;

  /**
   * @param kind what makes the options of this kind of node
   */
  NodeCommand(Host host, NodeRunner runner, Function<NodeOptionsAssembly, NodeOptions> kind) {
    this.host = host;
    this.runner = runner;
    this.kind = kind;
  }

  @Override
  public Integer call() {
    EffectiveSettings settings = NodeConfiguration.load(spec.commandLine().getParseResult(), host);
    NodeOptionsAssembly assembly = new NodeOptionsAssembly(settings, host);
    if (printConfig) {
      spec.commandLine().getOut().print(settings.print());
      spec.commandLine().getOut().flush();
      return 0;
    }
    Logging.configure(assembly.log());
    NodeConfiguration.unheeded(host).forEach(log::warn);
    return runner.run(kind.apply(assembly));
  }
}
