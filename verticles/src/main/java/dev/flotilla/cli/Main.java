package dev.flotilla.cli;

import dev.flotilla.cli.config.Host;
import dev.flotilla.node.FlotillaNode;

/** The program. */
public final class Main {
  private Main() {}

  /** Runs the command that the arguments name and exits with its status. */
  public static void main(String[] args) {
    String version = VersionCommand.flotilla();
    System.exit(
        FlotillaCommand.commandLineFor(args, Host.current(), new FlotillaNode(version))
            .execute(args));
  }
}
