package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.tokens.SwarmToken;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Swarms of real nodes in processes of their own, on loopback. */
@Timeout(300)
class SwarmEndToEndTest {
  @TempDir private Path folder;

  private final String token =
      SwarmToken.create("test", Optional.empty(), new SecureRandom()).encode();
  private final List<RunningNode> running = new ArrayList<>();

  @AfterEach
  void stop() {
    running.reversed().forEach(RunningNode::close);
  }

  private RunningNode start(String name, String credential, String... more) throws Exception {
    Path file = Files.writeString(folder.resolve(name + ".token"), credential);
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--token-file",
                file.toString(),
                "--name",
                name,
                "--bind",
                "127.0.0.1",
                "--cluster-port",
                "0",
                "--bus-port",
                "0",
                "--link-port",
                "0"));
    arguments.addAll(List.of(more));
    RunningNode node = RunningNode.start(folder.resolve(name), arguments.toArray(String[]::new));
    running.add(node);
    return node;
  }

  @Test
  void nodesOfOneTokenFindEachOtherByMdnsAndStrangersStayOut() throws Exception {
    RunningNode first = start("first", token);
    RunningNode second = start("second", token);
    RunningNode third = start("third", token);
    RunningNode stranger =
        start("stranger", SwarmToken.create("", Optional.empty(), new SecureRandom()).encode());

    for (RunningNode member : List.of(first, second, third)) {
      awaitMembers(member, "first", "second", "third");
    }
    assertThat(names(stranger)).containsExactly("stranger");
    assertThat(first.get("/node_id").body()).matches("\"[0-9a-f]{64}\"");
  }

  @Test
  void invitesEnrolRevocationExpelsAndRotationGoesOn() throws Exception {
    RunningNode first = start("first", token, "--no-mdns");
    RunningNode second =
        start("second", token, "--no-mdns", "--peer", address(first, "first", "cluster"));
    awaitMembers(first, "first", "second");

    String invite = command(first, "invite", "--role", "worker", "--uses", "1");
    String peer = address(first, "first", "cluster");
    RunningNode worker = start("worker", invite, "--no-mdns", "--peer", peer);
    awaitMembers(second, "first", "second", "worker");
    assertThat(member(second, "worker").getString("role")).isEqualTo("worker");

    Process again = launchRefused(invite, peer);
    assertThat(again.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(again.exitValue()).isNotZero();
    assertThat(new String(again.getErrorStream().readAllBytes(), StandardCharsets.UTF_8))
        .contains("the invite was used 1 times");

    assertThat(command(first, "revoke", "worker")).contains("thrown out");
    awaitMembers(first, "first", "second");
    awaitMembers(second, "first", "second");
    await(() -> !names(worker).contains("first") && !names(worker).contains("second"));

    SwarmToken next = SwarmToken.parse(command(first, "rotate"));
    assertThat(next.generation()).isEqualTo(1);
    Path kept = folder.resolve("second/swarm/token");
    await(() -> SwarmToken.parse(Files.readString(kept)).secret().equals(next.secret()));
    awaitMembers(second, "first", "second");
  }

  @Test
  void whoDiesIsGoneAndComesBackAsItself() throws Exception {
    RunningNode first = start("first", token, "--no-mdns");
    String peer = address(first, "first", "cluster");
    RunningNode second = start("second", token, "--no-mdns", "--peer", peer);
    awaitMembers(first, "first", "second");
    String id = member(first, "second").getString("id");

    second.process().destroyForcibly();
    running.remove(second);
    awaitMembers(first, "first");

    start("second", token, "--no-mdns", "--peer", peer);
    awaitMembers(first, "first", "second");
    assertThat(member(first, "second").getString("id")).isEqualTo(id);
  }

  @Test
  void theTokenIsForAdministratorsAlone() throws Exception {
    RunningNode node = start("first", token, "--no-mdns");
    assertThat(node.get("/api/p2p/token").statusCode()).isEqualTo(401);
    assertThat(node.get("/p2p/token").body()).doesNotContain("fltk_");
    assertThat(node.post("/api/p2p/invite", "{}").statusCode()).isEqualTo(401);
    assertThat(command(node, "show")).startsWith("fltk_");
  }

  private Process launchRefused(String invite, String peer) throws IOException {
    Path file = Files.writeString(folder.resolve("again.token"), invite);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), "dev.flotilla.cli.Main", "run"));
    command.addAll(List.of("--token-file", file.toString(), "--peer", peer, "--no-mdns"));
    command.addAll(List.of("--address", "127.0.0.1:0", "--bind", "127.0.0.1"));
    command.addAll(List.of("--state-dir", folder.resolve("again").toString()));
    return new ProcessBuilder(command).start();
  }

  /** What {@code flotilla token …} prints for an administrator of a node. */
  private String command(RunningNode node, String... arguments) throws Exception {
    List<String> all = new ArrayList<>(List.of("token"));
    all.addAll(List.of(arguments));
    Path state = folder.resolve(nameOf(node));
    all.addAll(2, List.of("--state-dir", state.toString()));
    if (!arguments[0].equals("show")) {
      all.addAll(List.of("--url", node.url()));
    }
    Process process = RunningNode.launch(all);
    String printed =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(process.waitFor()).as(printed).isZero();
    return printed;
  }

  private String nameOf(RunningNode node) throws Exception {
    String id = new JsonArray("[" + node.get("/node_id").body() + "]").getString(0);
    return nodes(node).stream()
        .filter(each -> each.getString("id").equals(id))
        .findFirst()
        .orElseThrow()
        .getString("name");
  }

  private static String address(RunningNode node, String name, String plane) throws Exception {
    return member(node, name).getJsonObject("addresses").getString(plane);
  }

  private static JsonObject member(RunningNode node, String name) throws Exception {
    return nodes(node).stream()
        .filter(each -> each.getString("name").equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static List<JsonObject> nodes(RunningNode node) throws Exception {
    return new JsonArray(node.get("/api/nodes").body())
        .stream().map(JsonObject.class::cast).toList();
  }

  private static List<String> names(RunningNode node) throws Exception {
    return nodes(node).stream().map(each -> each.getString("name")).toList();
  }

  private static void awaitMembers(RunningNode node, String... names) throws Exception {
    await(() -> new TreeSet<>(names(node)).equals(new TreeSet<>(List.of(names))));
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("waited too long").isLessThan(deadline);
      Thread.sleep(20);
    }
  }
}
