package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.gguf.SharedFiles;
import dev.flotilla.tokens.SwarmToken;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** A swarm of real nodes on loopback, each in processes of its own, all named, none discovered. */
final class LocalSwarm implements AutoCloseable {
  static final String MODEL = "story";

  private final Path folder;
  private final Path token;
  private final Map<String, RunningNode> running = new ConcurrentHashMap<>();
  private final List<String> peers = new CopyOnWriteArrayList<>();

  LocalSwarm(Path folder) throws Exception {
    this.folder = folder;
    this.token =
        Files.writeString(
            folder.resolve("token"),
            SwarmToken.create("test", Optional.empty(), new SecureRandom()).encode());
  }

  /** A node that serves the model. */
  RunningNode serve(String name, String... more) throws Exception {
    String model = SharedFiles.require("models/stories260K.gguf").toString();
    List<String> arguments = arguments(name, more);
    arguments.addAll(List.of("--model", MODEL + "=" + model, "--threads", "1"));
    return joined(name, RunningNode.start(folder.resolve(name), arguments.toArray(String[]::new)));
  }

  /** A node that has no model of its own, with what it kept if it ran before. */
  RunningNode run(String name, String... more) throws Exception {
    return joined(
        name,
        RunningNode.start(folder.resolve(name), arguments(name, more).toArray(String[]::new)));
  }

  /** A gateway without a model. */
  RunningNode route(String name, String... more) throws Exception {
    return joined(
        name,
        RunningNode.startGateway(
            folder.resolve(name), arguments(name, more).toArray(String[]::new)));
  }

  /** Starts several nodes side by side; they know of those that were started before. */
  void together(List<Callable<RunningNode>> starts) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<RunningNode> started : threads.invokeAll(starts)) {
        assertThat(started.get().process().isAlive()).isTrue();
      }
    }
  }

  private List<String> arguments(String name, String... more) {
    List<String> arguments = new ArrayList<>(List.of("--token-file", token.toString()));
    arguments.addAll(List.of("--name", name, "--bind", "127.0.0.1", "--no-mdns"));
    for (String plane : List.of("cluster", "bus", "link")) {
      arguments.addAll(List.of("--" + plane + "-port", "0"));
    }
    peers.forEach(peer -> arguments.addAll(List.of("--peer", peer)));
    arguments.addAll(List.of(more));
    return arguments;
  }

  private RunningNode joined(String name, RunningNode node) throws Exception {
    running.put(name, node);
    peers.add(member(node, name).getJsonObject("addresses").getString("cluster"));
    return node;
  }

  RunningNode node(String name) {
    return Objects.requireNonNull(running.get(name), name);
  }

  /** The name of the node of an id. */
  String nameOf(String id, RunningNode asked) throws Exception {
    return members(asked).stream()
        .filter(member -> member.getString("id").equals(id))
        .map(member -> member.getString("name"))
        .findFirst()
        .orElseThrow();
  }

  /** The id of a node. */
  String idOf(String name, RunningNode asked) throws Exception {
    return member(asked, name).getString("id");
  }

  /** Ends a node as if its power failed. */
  void kill(String name) throws Exception {
    RunningNode node = node(name);
    running.remove(name);
    node.process().destroyForcibly();
    assertThat(node.process().waitFor(30, TimeUnit.SECONDS)).isTrue();
  }

  /** Asks a node to end, and waits until it has. */
  void stop(String name) {
    RunningNode node = node(name);
    running.remove(name);
    node.close();
  }

  /** Waits until a gateway knows of so many replicas that are ready. */
  static void awaitReplicas(RunningNode gateway, int count) throws Exception {
    await(() -> replicas(gateway).stream().filter(LocalSwarm::ready).count() == count);
  }

  private static boolean ready(JsonObject replica) {
    return replica.getString("state").equals("ready");
  }

  /** The replicas of the model that a gateway knows of. */
  static List<JsonObject> replicas(RunningNode gateway) throws Exception {
    return new JsonObject(gateway.get("/v1/models").body())
        .getJsonArray("data").stream()
            .map(JsonObject.class::cast)
            .filter(model -> model.getString("id").equals(MODEL))
            .flatMap(model -> model.getJsonArray("replicas", new JsonArray()).stream())
            .map(JsonObject.class::cast)
            .toList();
  }

  private static JsonObject member(RunningNode node, String name) throws Exception {
    return members(node).stream()
        .filter(each -> each.getString("name").equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static List<JsonObject> members(RunningNode node) throws Exception {
    return new JsonArray(node.get("/api/nodes").body())
        .stream().map(JsonObject.class::cast).toList();
  }

  static void await(Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("waited too long").isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  @Override
  public void close() {
    running.values().forEach(node -> node.process().destroy());
    running.values().forEach(RunningNode::close);
  }
}
