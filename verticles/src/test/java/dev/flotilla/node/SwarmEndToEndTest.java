package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.tokens.SwarmToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What people do with a swarm, in a swarm of real nodes on loopback. */
@Timeout(300)
class SwarmEndToEndTest {
  @TempDir private Path folder;

  private LocalSwarm swarm;

  @BeforeEach
  void begin() {
    swarm = new LocalSwarm(folder);
  }

  @AfterEach
  void stop() {
    swarm.close();
  }

  @Test
  void nodesOfOneTokenFindEachOtherByMdnsAndStrangersStayOut() throws Exception {
    SwarmToken other = SwarmToken.create("", Optional.empty(), new SecureRandom());
    swarm.together(
        List.of(
            () -> swarm.discover("first"),
            () -> swarm.discover("second"),
            () -> swarm.discover("third"),
            () -> swarm.stranger("stranger", other)));

    swarm.awaitMembers("first", "second", "third");
    assertThat(LocalSwarm.names(swarm.node("stranger"))).containsExactly("stranger");
    assertThat(swarm.node("first").get("/node_id").body()).matches("\"[0-9a-f]{64}\"");
  }

  @Test
  void invitesEnrolRevocationExpelsAndRotationGoesOn() throws Exception {
    RunningNode first = swarm.run("first");
    swarm.run("second");
    swarm.awaitMembers("first", "second");

    String invite = command("first", "invite", "--role", "worker", "--uses", "1");
    RunningNode worker = swarm.join("worker", invite);
    swarm.awaitMembers("first", "second", "worker");
    assertThat(LocalSwarm.member(first, "worker").getString("role")).isEqualTo("worker");

    Process again = launchRefused(invite, LocalSwarm.address(first, "first", "cluster"));
    assertThat(again.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(again.exitValue()).isNotZero();
    assertThat(new String(again.getErrorStream().readAllBytes(), StandardCharsets.UTF_8))
        .contains("the invite was used 1 times");

    assertThat(command("first", "revoke", "worker")).contains("thrown out");
    swarm.awaitMembers("first", "second");
    LocalSwarm.await(
        () -> Set.of("first", "second").stream().noneMatch(LocalSwarm.names(worker)::contains));

    SwarmToken next = SwarmToken.parse(command("first", "rotate"));
    assertThat(next.generation()).isEqualTo(1);
    Path kept = swarm.stateOf("second").resolve("swarm/token");
    LocalSwarm.await(() -> SwarmToken.parse(Files.readString(kept)).secret().equals(next.secret()));
    swarm.awaitMembers("first", "second");
  }

  @Test
  void theTokenIsForAdministratorsAlone() throws Exception {
    RunningNode node = swarm.run("first");
    assertThat(node.get("/api/p2p/token").statusCode()).isEqualTo(401);
    assertThat(node.get("/p2p/token").body()).doesNotContain("fltk_");
    assertThat(node.post("/api/p2p/invite", "{}").statusCode()).isEqualTo(401);
    assertThat(command("first", "show")).startsWith("fltk_");
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
  private String command(String name, String... arguments) throws Exception {
    List<String> all = new ArrayList<>(List.of("token"));
    all.addAll(List.of(arguments));
    all.addAll(2, List.of("--state-dir", swarm.stateOf(name).toString()));
    if (!arguments[0].equals("show")) {
      all.addAll(List.of("--url", swarm.node(name).url()));
    }
    Process process = RunningNode.launch(all);
    String printed =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(process.waitFor()).as(printed).isZero();
    return printed;
  }
}
