package dev.flotilla.cli;

import dev.flotilla.cli.config.Host;
import dev.flotilla.node.NodeOptions;

/** The program. */
public final class Main {
  private Main() {}

  /** Runs the command that the arguments name and exits with its status. */
  public static void main(String[] args) {
    System.exit(FlotillaCommand.commandLine(Host.current(), Main::runNode).execute(args));
  }

  private static int runNode(NodeOptions options) {
    throw new UnsupportedOperationException("no node in this build: " + options);
  }
}
