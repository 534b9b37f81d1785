package dev.flotilla.cli;

import dev.flotilla.cli.config.Host;
import dev.flotilla.cli.http.JsonCalls;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What of {@code flotilla token} a running node carries out for its administrator. */
final class SwarmAdminCommands {
  private SwarmAdminCommands() {}

  /** What they have in common. */
  abstract static class AtNode implements Callable<Integer> {
    private final Host host;

    @Spec private CommandSpec spec;

    @Mixin private final ServerOption server = new ServerOption();

    AtNode(Host host) {
      this.host = host;
    }

    PrintWriter out() {
      return spec.commandLine().getOut();
    }

    JsonObject post(String path, JsonObject body) throws IOException {
      try (JsonCalls calls = NodeAccess.administer(spec, host, server)) {
        return calls.post(path, body);
      }
    }
  }

  /** {@code flotilla token invite}. */
  @Command(
      name = "invite",
      mixinStandardHelpOptions = true,
      abbreviateSynopsis = true,
      description = "Mint an invite: it lets machines in without giving the swarm's secret away.")
  static final class MintInvite extends AtNode {
    @Option(
        names = "--role",
        paramLabel = "ROLE",
        description = "worker, node or gateway [${DEFAULT-VALUE}].",
        defaultValue = "worker")
    private String role = "worker";

    @Option(
        names = "--expires",
        paramLabel = "TIME",
        description = "How long it may be used [${DEFAULT-VALUE}].",
        converter = TimeSpan.class,
        defaultValue = "7d")
    private Duration expires = Duration.ofDays(7);

    @Option(
        names = "--uses",
        paramLabel = "N",
        description = "How many machines may use it [${DEFAULT-VALUE}].",
        defaultValue = "1")
    private int uses = 1;

    @Mixin private final SecretOutput output = new SecretOutput();

    MintInvite(Host host) {
      super(host);
    }

    @Override
    public Integer call() throws IOException {
      JsonObject answer =
          post(
              "/api/p2p/invite",
              new JsonObject()
                  .put("role", role)
                  .put("uses", uses)
                  .put("expires_seconds", expires.toSeconds()));
      output.print(out(), answer.getString("invite"));
      return 0;
    }
  }

  /** {@code flotilla token revoke}. */
  @Command(
      name = "revoke",
      mixinStandardHelpOptions = true,
      abbreviateSynopsis = true,
      description = "Throw a node out of the swarm, for good.")
  static final class Revoke extends AtNode {
    @Parameters(paramLabel = "NODE", description = "Its name, or the beginning of its id.")
    private String node = "";

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the audit log.")
    private String reason = "no reason given";

    Revoke(Host host) {
      super(host);
    }

    @Override
    public Integer call() throws IOException {
      JsonObject answer =
          post("/api/p2p/revoke", new JsonObject().put("node", node).put("reason", reason));
      PrintWriter out = out();
      out.println(node + " is thrown out.");
      if (answer.getBoolean("knows_token", false)) {
        out.println(
            "It knows the swarm's token and could come back under another name: run 'flotilla"
                + " token rotate'.");
      }
      out.flush();
      return 0;
    }
  }

  /** {@code flotilla token rotate}. */
  @Command(
      name = "rotate",
      mixinStandardHelpOptions = true,
      abbreviateSynopsis = true,
      description = "Move the swarm to a new secret and print its new token.")
  static final class Rotate extends AtNode {
    @Option(
        names = "--overlap",
        paramLabel = "TIME",
        description = "How long members may be away and still come back [${DEFAULT-VALUE}].",
        converter = TimeSpan.class,
        defaultValue = "24h")
    private Duration overlap = Duration.ofDays(1);

    @Mixin private final SecretOutput output = new SecretOutput();

    Rotate(Host host) {
      super(host);
    }

    @Override
    public Integer call() throws IOException {
      JsonObject answer =
          post("/api/p2p/rotate", new JsonObject().put("overlap_seconds", overlap.toSeconds()));
      output.print(out(), answer.getString("token"));
      return 0;
    }
  }
}
