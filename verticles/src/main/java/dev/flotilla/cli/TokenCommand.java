package dev.flotilla.cli;

import dev.flotilla.cli.config.Host;
import dev.flotilla.cli.config.NodeConfiguration;
import dev.flotilla.node.OptionException;
import dev.flotilla.tokens.Invite;
import dev.flotilla.tokens.SwarmFolder;
import dev.flotilla.tokens.SwarmToken;
import dev.flotilla.tokens.TokenException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code flotilla token}: the credentials of a swarm. */
@Command(
    name = "token",
    mixinStandardHelpOptions = true,
    description = "Make, show and take back the credentials of a swarm.",
    synopsisSubcommandLabel = "COMMAND")
final class TokenCommand implements Runnable {
  @Spec private CommandSpec spec;

  static CommandLine commandLine(Host host) {
    return new CommandLine(new TokenCommand())
        .addSubcommand(new New())
        .addSubcommand(withFolders(new Show(host)))
        .addSubcommand(new Inspect())
        .addSubcommand(withFolders(new SwarmAdminCommands.MintInvite(host)))
        .addSubcommand(withFolders(new SwarmAdminCommands.Revoke(host)))
        .addSubcommand(withFolders(new SwarmAdminCommands.Rotate(host)));
  }

  private static CommandLine withFolders(Object command) {
    CommandLine line = new CommandLine(command);
    NodeConfiguration.addFolderFlags(line.getCommandSpec());
    return line;
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "Say what to do: new, show, inspect, invite, revoke or rotate.");
  }

  /** {@code flotilla token new}. */
  @Command(
      name = "new",
      mixinStandardHelpOptions = true,
      description = "Make the token of a new swarm and print it.")
  static final class New implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(names = "--name", paramLabel = "TEXT", description = "What people call the swarm.")
    private String name = "";

    @Option(
        names = "--expires",
        paramLabel = "TIME",
        description = "How long machines may join with it, 30d say [for ever].",
        converter = TimeSpan.class)
    private Optional<Duration> expires = Optional.empty();

    @Mixin private final SecretOutput output = new SecretOutput();

    @Override
    public Integer call() {
      Optional<Instant> end = expires.map(Instant.now()::plus);
      String token = SwarmToken.create(name, end, new SecureRandom()).encode();
      output.print(spec.commandLine().getOut(), token);
      return 0;
    }
  }

  /** {@code flotilla token show}. */
  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      abbreviateSynopsis = true,
      description = "Print the token that this machine's node keeps.")
  static final class Show implements Callable<Integer> {
    private final Host host;

    @Spec private CommandSpec spec;

    @Mixin private final SecretOutput output = new SecretOutput();

    Show(Host host) {
      this.host = host;
    }

    @Override
    public Integer call() {
      SwarmToken token =
          new SwarmFolder(NodeAccess.stateDir(spec, host).resolve("swarm"))
              .token()
              .orElseThrow(() ->
                  new OptionException(
                      "state-dir",
                      "no token is kept in this state folder: begin a swarm with 'flotilla run"
                          + " --p2p', or give --state-dir"));
      output.print(spec.commandLine().getOut(), token.encode());
      return 0;
    }
  }

  /** {@code flotilla token inspect}. */
  @Command(
      name = "inspect",
      mixinStandardHelpOptions = true,
      description = "Say what a token or an invite holds, without its secrets.")
  static final class Inspect implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "TOKEN", description = "A token or an invite; - reads standard input.")
    private String text = "";

    @Override
    public Integer call() throws IOException {
      String line =
          text.equals("-") ? new String(System.in.readAllBytes(), StandardCharsets.US_ASCII) : text;
      PrintWriter out = spec.commandLine().getOut();
      try {
        if (Invite.isInvite(line)) {
          print(out, Invite.parse(line));
        } else {
          print(out, SwarmToken.parse(line));
        }
        out.flush();
        return 0;
      } catch (TokenException e) {
        throw new OptionException("token", e.getMessage());
      }
    }

    private static void print(PrintWriter out, SwarmToken token) {
      out.println("kind        swarm token: its holder becomes a full node");
      out.println("name        " + (token.name().isEmpty() ? "-" : token.name()));
      out.println("swarm       " + token.swarm());
      out.println("generation  " + token.generation());
      out.println("expires     " + token.expires().map(Instant::toString).orElse("never"));
      out.println("peers       " + token.peers());
    }

    private static void print(PrintWriter out, Invite invite) {
      out.println("kind        invite: its holder becomes a " + invite.claims().role().label());
      out.println("swarm       " + invite.swarm());
      out.println("generation  " + invite.claims().generation());
      out.println("expires     " + invite.claims().expires());
      out.println("uses        " + invite.claims().uses());
      out.println("enrol at    " + invite.peers());
    }
  }
}
