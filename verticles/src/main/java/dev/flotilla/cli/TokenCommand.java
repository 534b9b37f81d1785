package dev.flotilla.cli;

import com.google.zxing.BarcodeFormat;
import com.google.zxing.WriterException;
import com.google.zxing.common.BitMatrix;
import com.google.zxing.qrcode.QRCodeWriter;
import dev.flotilla.cli.config.Host;
import dev.flotilla.cli.config.NodeConfiguration;
import dev.flotilla.cli.http.JsonCalls;
import dev.flotilla.node.OptionException;
import dev.flotilla.tokens.Invite;
import dev.flotilla.tokens.SwarmFolder;
import dev.flotilla.tokens.SwarmToken;
import dev.flotilla.tokens.TokenException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
  private static final Pattern SPAN = Pattern.compile("([0-9]{1,6})([smhd])");

  @Spec private CommandSpec spec;

  static CommandLine commandLine(Host host) {
    return new CommandLine(new TokenCommand())
        .addSubcommand(new New())
        .addSubcommand(withFolders(new Show(host)))
        .addSubcommand(new Inspect())
        .addSubcommand(withFolders(new MintInvite(host)))
        .addSubcommand(withFolders(new Revoke(host)))
        .addSubcommand(withFolders(new Rotate(host)));
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

  private static Duration span(String option, String text) {
    Matcher matcher = SPAN.matcher(text);
    if (!matcher.matches()) {
      throw new OptionException(
          option, "--" + option + ": '" + text + "' is not a time such as 30m, 12h or 7d");
    }
    long count = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "s" -> Duration.ofSeconds(count);
      case "m" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      default -> Duration.ofDays(count);
    };
  }

  private static void print(CommandSpec spec, String line, boolean qr) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(line);
    if (qr) {
      out.print(qrCode(line));
    }
    out.flush();
  }

  /** Two rows of the code a line of text, dark on light whatever the terminal's colours are. */
  static String qrCode(String text) {
    try {
      BitMatrix code = new QRCodeWriter().encode(text, BarcodeFormat.QR_CODE, 0, 0);
      StringBuilder lines = new StringBuilder();
      for (int y = 0; y < code.getHeight(); y += 2) {
        lines.append("\u001b[30;47m");
        for (int x = 0; x < code.getWidth(); x++) {
          boolean upper = code.get(x, y);
          boolean lower = y + 1 < code.getHeight() && code.get(x, y + 1);
          lines.append(upper ? (lower ? '█' : '▀') : (lower ? '▄' : ' '));
        }
        lines.append("\u001b[0m\n");
      }
      return lines.toString();
    } catch (WriterException e) {
      throw new IllegalStateException("the line is too long for a QR code", e);
    }
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
        description = "How long machines may join with it, 30d say [for ever].")
    private Optional<String> expires = Optional.empty();

    @Option(names = "--qr", description = "Print a QR code too.")
    private boolean qr;

    @Override
    public Integer call() {
      Optional<Instant> end = expires.map(text -> Instant.now().plus(span("expires", text)));
      print(spec, SwarmToken.create(name, end, new SecureRandom()).encode(), qr);
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

    @Option(names = "--qr", description = "Print a QR code too.")
    private boolean qr;

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
      print(spec, token.encode(), qr);
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

  /** Commands that a running node carries out. */
  abstract static class AtNode implements Callable<Integer> {
    private final Host host;

    @Spec private CommandSpec spec;

    @Mixin private final ServerOption server = new ServerOption();

    AtNode(Host host) {
      this.host = host;
    }

    CommandSpec spec() {
      return spec;
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
        defaultValue = "7d")
    private String expires = "7d";

    @Option(
        names = "--uses",
        paramLabel = "N",
        description = "How many machines may use it [${DEFAULT-VALUE}].",
        defaultValue = "1")
    private int uses = 1;

    @Option(names = "--qr", description = "Print a QR code too.")
    private boolean qr;

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
                  .put("expires_seconds", span("expires", expires).toSeconds()));
      print(spec(), answer.getString("invite"), qr);
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
      PrintWriter out = spec().commandLine().getOut();
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
        defaultValue = "24h")
    private String overlap = "24h";

    @Option(names = "--qr", description = "Print a QR code too.")
    private boolean qr;

    Rotate(Host host) {
      super(host);
    }

    @Override
    public Integer call() throws IOException {
      JsonObject answer =
          post(
              "/api/p2p/rotate",
              new JsonObject().put("overlap_seconds", span("overlap", overlap).toSeconds()));
      print(spec(), answer.getString("token"), qr);
      return 0;
    }
  }
}
