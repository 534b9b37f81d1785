package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.gguf.SharedFiles;
import dev.flotilla.tokens.SwarmToken;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * A swarm of real nodes, each in processes of its own, on loopback unless they are said to be
 * elsewhere. What a node logs is kept in a file beside its state folder.
 */
final class LocalSwarm implements AutoCloseable {
  static final String MODEL = "story";

  private final Path folder;
  private final SwarmToken token;
  private final Map<String, RunningNode> running = new ConcurrentHashMap<>();
  private final List<String> peers = new CopyOnWriteArrayList<>();

  LocalSwarm(Path folder) {
    this.folder = folder;
    this.token = SwarmToken.create("test", Optional.empty(), new SecureRandom());
  }

  /** A node that serves the model, told of those that were started before. */
  RunningNode serve(String name, String... more) throws Exception {
    String model = SharedFiles.require("models/stories260K.gguf").toString();
    List<String> arguments = named(more);
    arguments.addAll(List.of("--model", MODEL + "=" + model, "--threads", "1"));
    return start("run", name, token.encode(), arguments);
  }

  /** A node without a model, with what it kept if it ran before. */
  RunningNode run(String name, String... more) throws Exception {
    return start("run", name, token.encode(), named(more));
  }

  /** A node that joins by another credential. */
  RunningNode join(String name, String credential, String... more) throws Exception {
    return start("run", name, credential, named(more));
  }

  /** A node that is told of nobody. */
  RunningNode discover(String name, String... more) throws Exception {
    return start("run", name, token.encode(), List.of(more));
  }

  /** A node of another swarm that looks for this one. */
  RunningNode stranger(String name, SwarmToken other) throws Exception {
    return start("run", name, other.encode(), List.of());
  }

  /** A gateway without a model, told of those that were started before. */
  RunningNode route(String name, String... more) throws Exception {
    return start("federated", name, token.encode(), named(more));
  }

  /**
   * A node on a machine of its own, on the ports and addresses that it chooses itself; its API
   * listens everywhere.
   */
  RunningNode startOn(VirtualHosts.Host host, String command, String name, String... more)
      throws Exception {
    List<String> arguments = new ArrayList<>(credential(name, token.encode()));
    arguments.addAll(List.of(more));
    RunningNode.Machine machine =
        new RunningNode.Machine(host.entering(), "0.0.0.0", host::address);
    return started(name, machine, command, arguments);
  }

  /** Starts several nodes side by side; they know of those that were started before. */
  void together(List<Callable<RunningNode>> starts) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<RunningNode> started : threads.invokeAll(starts)) {
        assertThat(started.get().process().isAlive()).isTrue();
      }
    }
  }

  private List<String> named(String... more) {
    List<String> arguments = new ArrayList<>(List.of("--no-mdns"));
    peers.forEach(peer -> arguments.addAll(List.of("--peer", peer)));
    arguments.addAll(List.of(more));
    return arguments;
  }

  /** Later arguments replace earlier ones. */
  private RunningNode start(String command, String name, String credential, List<String> more)
      throws Exception {
    List<String> arguments = new ArrayList<>(credential(name, credential));
    if (!more.contains("--bind")) {
      arguments.addAll(List.of("--bind", "127.0.0.1"));
    }
    for (String plane : List.of("cluster", "bus", "link")) {
      if (!more.contains("--" + plane + "-port")) {
        arguments.addAll(List.of("--" + plane + "-port", "0"));
      }
    }
    arguments.addAll(more);
    RunningNode node = started(name, RunningNode.Machine.THIS, command, arguments);
    peers.add(member(node, name).getJsonObject("addresses").getString("cluster"));
    return node;
  }

  private RunningNode started(
      String name, RunningNode.Machine machine, String command, List<String> arguments)
      throws Exception {
    RunningNode node =
        RunningNode.startOn(
            machine, command, logOf(name), stateOf(name), arguments.toArray(String[]::new));
    running.put(name, node);
    return node;
  }

  private List<String> credential(String name, String credential) throws IOException {
    Path file = Files.writeString(folder.resolve(name + ".token"), credential);
    return List.of("--token-file", file.toString(), "--name", name);
  }

  SwarmToken token() {
    return token;
  }

  RunningNode node(String name) {
    return Objects.requireNonNull(running.get(name), name);
  }

  Path stateOf(String name) {
    return folder.resolve(name);
  }

  private Path logOf(String name) {
    return folder.resolve(name + ".log");
  }

  /** What a node has logged so far, in all its lives. */
  String log(String name) throws IOException {
    return Files.readString(logOf(name));
  }

  /** Does at a node what its administrator may do. */
  JsonObject administer(String name, String action, JsonObject body) throws Exception {
    String key = Files.readString(AdminKey.file(stateOf(name))).strip();
    var answer = node(name).administer(key, "/api/p2p/" + action, body.encode());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return new JsonObject(answer.body());
  }

  /** An invite, minted at a node. */
  String invite(String mintedAt, String role, int uses) throws Exception {
    return administer(mintedAt, "invite", new JsonObject().put("role", role).put("uses", uses))
        .getString("invite");
  }

  /** Throws a node out, at another. */
  void revoke(String at, String node) throws Exception {
    administer(at, "revoke", new JsonObject().put("node", node).put("reason", "a test"));
  }

  /** The id of a node. */
  String idOf(String name, RunningNode asked) throws Exception {
    return member(asked, name).getString("id");
  }

  /** The name of the node of an id. */
  String nameOf(String id, RunningNode asked) throws Exception {
    return members(asked).stream()
        .filter(member -> member.getString("id").equals(id))
        .map(member -> member.getString("name"))
        .findFirst()
        .orElseThrow();
  }

  /** Where a member's port of a plane is reached: {@code cluster}, {@code link}. */
  static String address(RunningNode asked, String name, String plane) throws Exception {
    return member(asked, name).getJsonObject("addresses").getString(plane);
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

  /** Waits until each of these nodes sees exactly these. */
  void awaitMembers(String... names) throws Exception {
    for (String name : names) {
      awaitMembers(node(name), names);
    }
  }

  /** Waits until a node sees exactly these. */
  static void awaitMembers(RunningNode node, String... names) throws Exception {
    await(() -> names(node).equals(Set.of(names)));
  }

  static Set<String> names(RunningNode node) throws Exception {
    return members(node).stream()
        .map(each -> each.getString("name"))
        .collect(Collectors.toCollection(TreeSet::new));
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

  static JsonObject member(RunningNode node, String name) throws Exception {
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
    await(condition, () -> "the condition does not hold");
  }

  /**
   * Waits until a condition holds.
   *
   * @param progress how far it is, told if it takes too long
   */
  static void await(Callable<Boolean> condition, Supplier<String> progress) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.call()) {
      assertThat(System.nanoTime())
          .as(() -> "waited too long; " + progress.get())
          .isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  @Override
  public void close() {
    running.values().forEach(node -> node.process().destroy());
    running.values().forEach(RunningNode::close);
  }
}
