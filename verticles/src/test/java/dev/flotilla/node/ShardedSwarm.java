package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.gguf.SharedFiles;
import dev.flotilla.tokens.SwarmToken;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A model over three machines and one to spare, of which the first worker has the swarm's token and
 * the others were invited: nodes in processes of their own on loopback. A node that serves the same
 * model alone says what answers should be.
 */
final class ShardedSwarm implements AutoCloseable {
  private static final List<String> AT_LOOPBACK =
      List.of("--bind", "127.0.0.1", "--cluster-port", "0", "--bus-port", "0", "--link-port", "0");

  /** Names the head among {@link #way ways}. */
  static final String HEAD = "head";

  private final Path folder;
  private final Path model = SharedFiles.require("models/stories260K.gguf");
  private final String token =
      SwarmToken.create("test", Optional.empty(), new SecureRandom()).encode();
  private final Map<String, RunningNode> workers = new ConcurrentHashMap<>();
  private final Map<String, RelayedPorts> ways = new ConcurrentHashMap<>();
  private final boolean relayed;
  private final RunningNode alone;
  private final RunningNode head;
  private final String peer;
  private final String invite;

  ShardedSwarm(Path folder, int workers) throws Exception {
    this(folder, workers, false);
  }

  /**
   * The same.
   *
   * @param relayed whether {@link #way ways} can be cut and made longer
   */
  ShardedSwarm(Path folder, int workers, boolean relayed) throws Exception {
    this.folder = folder;
    this.relayed = relayed;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<RunningNode> starting =
          threads.submit(() ->
              RunningNode.start(folder.resolve("alone"), modelArguments().toArray(String[]::new)));
      RunningNode first = worker("w0", token, Optional.empty());
      this.workers.put("w0", first);
      this.alone = starting.get();
      JsonObject card = new JsonArray(first.get("/api/nodes").body()).getJsonObject(0);
      this.peer = card.getJsonObject("addresses").getString("cluster");
      this.invite = administer("invite", "--role", "worker", "--uses", "9");
      List<Callable<Void>> others = new ArrayList<>();
      for (int i = 1; i < workers; i++) {
        String name = "w" + i;
        others.add(() -> {
          startWorker(name);
          return null;
        });
      }
      List<String> arguments = swarmArguments(HEAD, token, Optional.of(peer));
      arguments.addAll(modelArguments());
      arguments.addAll(relayed ? List.of(way(HEAD, 200).options()) : AT_LOOPBACK);
      arguments.addAll(List.of("--shard", "3"));
      Future<RunningNode> heading =
          threads.submit(
              () -> RunningNode.start(folder.resolve(HEAD), arguments.toArray(String[]::new)));
      for (Future<Void> started : threads.invokeAll(others)) {
        started.get();
      }
      this.head = heading.get();
    }
  }

  private List<String> modelArguments() {
    return List.of("--model", "m=" + model, "--context-size", "512", "--threads", "1");
  }

  /** Starts a worker, also one of a name that was there before. */
  void startWorker(String name) throws Exception {
    workers.put(name, worker(name, name.equals("w0") ? token : invite, Optional.of(peer)));
  }

  private RunningNode worker(String name, String credential, Optional<String> known)
      throws Exception {
    List<String> arguments = swarmArguments(name, credential, known);
    arguments.addAll(List.of("--memory", "1GiB", "--threads", "1"));
    arguments.addAll(listening(name));
    return RunningNode.startWorker(folder.resolve(name), arguments.toArray(String[]::new));
  }

  private List<String> swarmArguments(String name, String credential, Optional<String> known)
      throws Exception {
    Path file = Files.writeString(folder.resolve(name + ".token"), credential);
    List<String> arguments =
        new ArrayList<>(List.of("--token-file", file.toString(), "--name", name, "--no-mdns"));
    known.ifPresent(address -> arguments.addAll(List.of("--peer", address)));
    return arguments;
  }

  /** Where it listens. */
  private List<String> listening(String name) throws IOException {
    if (!relayed) {
      return AT_LOOPBACK;
    }
    RelayedPorts way = ways.get(name);
    return List.of(
        (way == null ? way(name, 1 + Integer.parseInt(name.substring(1))).withStages() : way)
            .options());
  }

  private RelayedPorts way(String name, int number) throws IOException {
    RelayedPorts way = new RelayedPorts(number);
    ways.put(name, way);
    return way;
  }

  /** The way to a worker, or to the {@link #HEAD}. */
  RelayedPorts way(String name) {
    return Optional.ofNullable(ways.get(name)).orElseThrow();
  }

  /** The node that serves the model alone. */
  RunningNode alone() {
    return alone;
  }

  /** The node that has the model cut over its swarm. */
  RunningNode head() {
    return head;
  }

  /** Workers that host a stage now. */
  List<String> busy() throws Exception {
    List<String> busy = new ArrayList<>();
    for (Map.Entry<String, RunningNode> worker : workers.entrySet()) {
      if (!new JsonArray(worker.getValue().get("/api/pipelines").body()).isEmpty()) {
        busy.add(worker.getKey());
      }
    }
    busy.sort(null);
    return busy;
  }

  /** The process of a worker's stage: its spare is younger. */
  ProcessHandle stage(String name) {
    return worker(name).engines().stream()
        .min(Comparator.comparing(engine -> engine.info().startInstant().orElseThrow()))
        .orElseThrow();
  }

  RunningNode worker(String name) {
    return Optional.ofNullable(workers.get(name)).orElseThrow();
  }

  /** What the head says of its stages, in order: {@code node} or {@code state}. */
  List<String> stages(String field) throws Exception {
    return stages().stream().map(stage -> stage.getString(field)).toList();
  }

  /** What the head says of its stages, in order. */
  List<JsonObject> stages() throws Exception {
    return pipeline().getJsonArray("stages").stream().map(JsonObject.class::cast).toList();
  }

  /** What the head says of its pipeline. */
  JsonObject pipeline() throws Exception {
    return new JsonArray(head.get("/api/pipelines").body()).getJsonObject(0);
  }

  /** What the head knows of the time that a layer takes at a node; 0 while it knows nothing. */
  double decodeSeconds(String nodeId) throws Exception {
    JsonArray nodes = new JsonObject(head.get("/topology").body()).getJsonArray("nodes");
    return nodes.stream()
        .map(JsonObject.class::cast)
        .filter(node -> node.getString("id").equals(nodeId))
        .map(node -> node.getJsonObject("seconds_per_layer"))
        .flatMap(speeds -> speeds.stream().map(speed -> (JsonObject) speed.getValue()))
        .mapToDouble(speed -> speed.getDouble("decode_seconds"))
        .findFirst()
        .orElse(0);
  }

  /** The id of a worker. */
  String id(String name) throws Exception {
    return new JsonArray("[" + worker(name).get("/node_id").body() + "]").getString(0);
  }

  /** Throws a worker out of the swarm. */
  void expel(String name) throws Exception {
    administer("revoke", name);
  }

  /** What {@code flotilla token …} prints at the worker that has the token. */
  private String administer(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("token"));
    command.addAll(List.of(arguments));
    command.addAll(List.of("--state-dir", folder.resolve("w0").toString()));
    command.addAll(List.of("--url", worker("w0").url()));
    Process process = RunningNode.launch(command);
    String printed =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(process.waitFor()).as(printed).isZero();
    return printed;
  }

  /** Asks a worker to end, and waits until it has. */
  void stop(String name) {
    RunningNode worker = worker(name);
    workers.remove(name);
    worker.close();
  }

  /** Ends a worker as a power cut does. */
  void kill(String name) throws InterruptedException {
    RunningNode worker = worker(name);
    workers.remove(name);
    List<ProcessHandle> engines = worker.engines();
    worker.process().destroyForcibly().waitFor();
    engines.forEach(ProcessHandle::destroyForcibly);
  }

  @Override
  public void close() throws IOException {
    head.close();
    alone.close();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      workers.values().forEach(worker -> threads.execute(worker::close));
    }
    for (RelayedPorts way : ways.values()) {
      way.close();
    }
  }
}
