package dev.flotilla.cli;

import dev.flotilla.cli.chat.ChatApi;
import dev.flotilla.cli.chat.ChatSession;
import dev.flotilla.cli.chat.LineInput;
import dev.flotilla.cli.chat.TerminalInput;
import dev.flotilla.cli.config.Host;
import dev.flotilla.cli.http.ApiBase;
import dev.flotilla.cli.http.JsonCalls;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code flotilla chat}: a conversation in the terminal. */
@Command(
    name = "chat",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    abbreviateSynopsis = true,
    description = {
      "Talk to a model of a server with an OpenAI API.",
      "Without a terminal, every line of standard input is a question and standard output gets the"
          + " answers. An API key is taken from FLOTILLA_API_KEY."
    })
final class ChatCommand implements Callable<Integer> {

  private final Host host;

  @Spec private CommandSpec spec;

  @Mixin private final ServerOption server = new ServerOption();

  @Option(
      names = "--model",
      paramLabel = "ID",
      description = "The model to ask. [the first that the server lists]")
  private @Nullable String model;

  @Option(names = "--system", paramLabel = "TEXT", description = "The system message.")
  private @Nullable String system;

  ChatCommand(Host host) {
    this.host = host;
  }

  @Override
  public Integer call() {
    ApiBase base = server.base(spec, host, host.apiKey());
    PrintWriter err = spec.commandLine().getErr();
    try {
      ChatApi api = new ChatApi(base, modelAt(base));
      boolean answered = isTerminal() ? inTerminal(api) : fromStandardInput(api);
      return answered ? 0 : 1;
    } catch (IOException e) {
      err.println("flotilla chat: " + e.getMessage());
      return 1;
    }
  }

  private static boolean isTerminal() {
    return Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
  }

  private String modelAt(ApiBase base) throws IOException {
    if (model != null) {
      return model;
    }
    try (JsonCalls calls = new JsonCalls(base)) {
      return calls.firstModel();
    }
  }

  private boolean inTerminal(ChatApi api) throws IOException {
    try (Terminal terminal = TerminalBuilder.builder().system(true).build()) {
      terminal.handle(Terminal.Signal.INT, _ -> stop(api));
      PrintWriter out = terminal.writer();
      out.println("Talking to " + api.model() + ". /help lists commands.");
      LineInput input = new TerminalInput(terminal, host.defaultStateDir().resolve("chat-history"));
      // A conversation in which one answer failed was still a good conversation.
      new ChatSession(api, input, out, out, Optional.ofNullable(system)).run();
      return true;
    }
  }

  private boolean fromStandardInput(ChatApi api) throws IOException {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    return new ChatSession(
            api,
            () -> Optional.ofNullable(lines.readLine()),
            spec.commandLine().getOut(),
            spec.commandLine().getErr(),
            Optional.ofNullable(system))
        .run();
  }

  private static void stop(ChatApi api) {
    try {
      api.stop();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
