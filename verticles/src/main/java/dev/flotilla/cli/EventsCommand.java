package dev.flotilla.cli;

import dev.flotilla.cli.config.Host;
import dev.flotilla.cli.http.JsonCalls;
import dev.flotilla.cli.http.StreamConnection;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code flotilla events}: what a swarm has decided, and decides. */
@Command(
    name = "events",
    mixinStandardHelpOptions = true,
    description = "Show what the swarm has decided lately.")
final class EventsCommand implements Callable<Integer> {
  private final Host host;

  @Spec private CommandSpec spec;

  @Mixin private final ServerOption server = new ServerOption();

  @Option(
      names = {"-f", "--follow"},
      description = "Go on with what it decides from now, until Ctrl-C.")
  private boolean follow;

  EventsCommand(Host host) {
    this.host = host;
  }

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (follow) {
      try (StreamConnection connection =
          new StreamConnection(server.base(spec, host, host.apiKey()))) {
        connection.get(
            "/events",
            (buffer, length) ->
                print(new JsonObject(new String(buffer, 0, length, StandardCharsets.UTF_8)), out));
      }
      return 0;
    }
    try (JsonCalls calls = new JsonCalls(server.base(spec, host, host.apiKey()))) {
      for (Object entry : new JsonArray(calls.getText("/events?live=false"))) {
        print((JsonObject) entry, out);
      }
      return 0;
    }
  }

  private static void print(JsonObject entry, PrintWriter out) {
    if (entry.containsKey("until")) {
      out.printf("…%d not kept by this node%n", entry.getLong("until"));
    }
    for (Object each : entry.getJsonArray("events", new JsonArray())) {
      JsonObject event = (JsonObject) each;
      String details =
          event.stream()
              .filter(field -> !field.getKey().equals("type"))
              .map(EventsCommand::detail)
              .collect(Collectors.joining(" "));
      out.printf("%-7d %-19s %s%n", entry.getLong("index"), event.getString("type"), details);
    }
    out.flush();
  }

  /** A named thing by its name, anything else as it is. */
  private static String detail(Map.Entry<String, Object> field) {
    if (field.getValue() instanceof JsonObject thing) {
      return thing.getString("name", thing.getString("id", thing.encode()));
    }
    return field.getKey() + "=" + field.getValue();
  }
}
