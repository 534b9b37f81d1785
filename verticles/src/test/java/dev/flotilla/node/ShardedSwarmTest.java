package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.gguf.SharedFiles;
import dev.flotilla.tokens.SwarmToken;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A model over several machines: real nodes in processes of their own, on loopback. */
@Timeout(300)
class ShardedSwarmTest {
  private static final String PROMPT =
      """
      {"prompt": "Once upon a time", "max_tokens": %d, "seed": 7, "temperature": 0.7,
       "cache_prompt": false, "deterministic": true, "stream": %s}""";

  @TempDir private Path folder;

  private final String token =
      SwarmToken.create("test", Optional.empty(), new SecureRandom()).encode();
  private final Path model = SharedFiles.require("models/stories260K.gguf");
  private final Map<String, RunningNode> running = new HashMap<>();

  @AfterEach
  void stop() {
    running.values().forEach(RunningNode::close);
  }

  @Test
  void aModelOverThreeMachinesAnswersLikeOneAndOutlivesAWorker() throws Exception {
    RunningNode alone = RunningNode.start(folder.resolve("alone"), modelArguments());
    running.put("alone", alone);
    String expected = text(alone.post("/v1/completions", PROMPT.formatted(400, "false")));

    for (String worker : List.of("one", "two", "spare")) {
      startWorker(worker);
    }
    List<String> arguments = new ArrayList<>(List.of(modelArguments()));
    arguments.addAll(List.of("--shard", "3"));
    RunningNode head = start("head", arguments);

    assertThat(text(head.post("/v1/completions", PROMPT.formatted(400, "false"))))
        .isEqualTo(expected);

    HttpResponse<Stream<String>> stream =
        head.stream("/v1/completions", PROMPT.formatted(400, "true"));
    StringBuilder streamed = new StringBuilder();
    Iterator<String> lines = stream.body().iterator();
    int events = 0;
    while (lines.hasNext()) {
      String line = lines.next();
      if (line.startsWith("data: {")) {
        streamed.append(piece(line));
        if (++events == 40) {
          kill(busyWorker());
        }
      }
    }
    assertThat(streamed.toString()).isEqualTo(expected);
  }

  private String[] modelArguments() {
    return new String[] {"--model", "m=" + model, "--context-size", "512", "--threads", "1"};
  }

  private void startWorker(String name) throws Exception {
    List<String> arguments = swarmArguments(name);
    arguments.addAll(List.of("--memory", "1GiB", "--threads", "1"));
    running.put(
        name, RunningNode.startWorker(folder.resolve(name), arguments.toArray(String[]::new)));
  }

  private RunningNode start(String name, List<String> more) throws Exception {
    List<String> arguments = swarmArguments(name);
    arguments.addAll(more);
    RunningNode node = RunningNode.start(folder.resolve(name), arguments.toArray(String[]::new));
    running.put(name, node);
    return node;
  }

  private List<String> swarmArguments(String name) throws Exception {
    Path file = Files.writeString(folder.resolve(name + ".token"), token);
    List<String> arguments =
        new ArrayList<>(List.of("--token-file", file.toString(), "--name", name));
    arguments.addAll(List.of("--bind", "127.0.0.1", "--cluster-port", "0", "--bus-port", "0"));
    arguments.addAll(List.of("--link-port", "0", "--no-mdns"));
    Optional<RunningNode> peer =
        running.entrySet().stream()
            .filter(entry -> !entry.getKey().equals("alone"))
            .map(Map.Entry::getValue)
            .findFirst();
    if (peer.isPresent()) {
      JsonObject card = new JsonArray(peer.get().get("/api/nodes").body()).getJsonObject(0);
      arguments.addAll(
          List.of("--peer", card.getJsonObject("addresses").getString("cluster")));
    }
    return arguments;
  }

  /** A worker that hosts a stage: it has an engine process. */
  private String busyWorker() {
    return Stream.of("one", "two", "spare")
        .filter(name -> !running.get(name).engines().isEmpty())
        .findFirst()
        .orElseThrow();
  }

  private void kill(String worker) throws Exception {
    Process process = running.remove(worker).process();
    process.destroyForcibly().waitFor();
  }

  private static String text(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return piece("data: " + answer.body());
  }

  private static String piece(String line) {
    return new JsonObject(line.substring("data: ".length()))
        .getJsonArray("choices")
        .getJsonObject(0)
        .getString("text");
  }
}
