package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.gguf.SharedFiles;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What {@link SeveralHostsTest} does with nodes on machines of their own. */
final class SeveralHosts {
  private static final int TOKENS = 400;

  private final LocalSwarm swarm;
  private final VirtualHosts hosts;

  private SeveralHosts(LocalSwarm swarm, VirtualHosts hosts) {
    this.swarm = swarm;
    this.hosts = hosts;
  }

  /** Arguments: what to do, and a folder for what nodes keep. */
  public static void main(String[] arguments) throws Exception {
    Namespaced.endWithParent();
    Path folder = Path.of(arguments[1]);
    try (VirtualHosts hosts = new VirtualHosts(4);
        LocalSwarm swarm = new LocalSwarm(folder)) {
      SeveralHosts several = new SeveralHosts(swarm, hosts);
      switch (arguments[0]) {
        case "machine-lost" -> several.aModelOutlivesAMachine();
        default -> throw new IllegalArgumentException(arguments[0]);
      }
    } catch (Exception | AssertionError e) {
      e.printStackTrace();
      tellLogs(folder);
      Runtime.getRuntime().halt(1);
    }
    Runtime.getRuntime().halt(0);
  }

  private static void tellLogs(Path folder) throws Exception {
    try (var files = Files.list(folder)) {
      for (Path log : files.filter(file -> file.toString().endsWith(".log")).sorted().toList()) {
        System.err.println("== " + log.getFileName());
        System.err.println(Files.readString(log));
      }
    }
  }

  /** Four machines find each other; a model over three of them loses one while it answers. */
  private void aModelOutlivesAMachine() throws Exception {
    form();
    RunningNode head = swarm.node("head");
    String expected = AnswerStream.open(head, 0, TOKENS).await().text();

    AnswerStream stream = AnswerStream.open(head, 0, TOKENS);
    stream.awaitEvents(40);
    String lost = busy().getFirst();
    host(lost).setDown(true);
    AnswerStream.Answer answer = stream.await();
    assertThat(answer.text()).isEqualTo(expected);
    assertThat(busy()).hasSize(2).doesNotContain(lost);
    System.out.printf("a pause of %d ms while a machine was lost%n", answer.longestPauseMillis());

    host(lost).setDown(false);
    long up = System.nanoTime();
    swarm.awaitMembers("head", "w2", "w3", "w4");
    System.out.printf("one swarm again %d ms after it was back%n", millisSince(up));
  }

  /** By mDNS alone, and one of them, who hears no mDNS, by a peer's address alone. */
  private void form() throws Exception {
    String model = SharedFiles.require("models/stories260K.gguf").toString();
    long began = System.nanoTime();
    swarm.together(
        List.of(
            () ->
                swarm.startOn(
                    hosts.host(1),
                    "run",
                    "head",
                    "--model",
                    "m=" + model,
                    "--shard",
                    "3",
                    "--context-size",
                    "512",
                    "--threads",
                    "1"),
            () -> worker(2),
            () -> worker(3),
            () -> worker(4, "--no-mdns", "--peer", hosts.host(1).address() + ":7946")));
    System.out.printf("all answer after %d ms%n", millisSince(began));
    swarm.awaitMembers("head", "w2", "w3", "w4");
    System.out.printf("one swarm after %d ms%n", millisSince(began));
  }

  private RunningNode worker(int number, String... more) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("--memory", "1GiB", "--threads", "1"));
    arguments.addAll(List.of(more));
    return swarm.startOn(
        hosts.host(number), "worker", "w" + number, arguments.toArray(String[]::new));
  }

  private VirtualHosts.Host host(String worker) {
    return hosts.host(Integer.parseInt(worker.substring(1)));
  }

  /** The workers that have a stage of the head's model now. */
  private List<String> busy() throws Exception {
    RunningNode head = swarm.node("head");
    List<String> names = new ArrayList<>();
    for (Object stage :
        new JsonArray(head.get("/api/pipelines").body()).getJsonObject(0).getJsonArray("stages")) {
      names.add(swarm.nameOf(((JsonObject) stage).getString("node"), head));
    }
    names.remove("head");
    return names;
  }

  private static long millisSince(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
  }
}
