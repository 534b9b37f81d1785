package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.gguf.SharedFiles;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
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

  /** Arguments: what to do, and a folder for what nodes keep, or what it is done with. */
  public static void main(String[] arguments) throws Exception {
    switch (arguments[0]) {
      case "model-outlives-machine" -> several(arguments[1], SeveralHosts::aModelOutlivesAMachine);
      case "changes-of-network" -> several(arguments[1], SeveralHosts::networksChange);
      case "answers" -> answers(arguments[1]);
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }

  private interface Scenario {
    void play(SeveralHosts hosts) throws Exception;
  }

  private static void several(String folder, Scenario scenario) throws Exception {
    Namespaced.endWithParent();
    try (VirtualHosts hosts = new VirtualHosts(4);
        LocalSwarm swarm = new LocalSwarm(Path.of(folder))) {
      scenario.play(new SeveralHosts(swarm, hosts));
    } catch (Exception | AssertionError e) {
      e.printStackTrace();
      tellLogs(Path.of(folder));
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

  /**
   * A machine that serves a model changes its address while it answers its own clients, and a
   * gateway finds it again; another one is cut off and comes back.
   */
  private void networksChange() throws Exception {
    String model = SharedFiles.require("models/stories260K.gguf").toString();
    String[] all = {"server", "gateway", "other"};
    swarm.together(
        List.of(
            () ->
                swarm.startOn(
                    hosts.host(1),
                    "run",
                    "server",
                    "--model",
                    LocalSwarm.MODEL + "=" + model,
                    "--threads",
                    "1"),
            () -> swarm.startOn(hosts.host(2), "federated", "gateway"),
            () -> swarm.startOn(hosts.host(3), "run", "other")));
    swarm.awaitMembers(all);
    RunningNode gateway = swarm.node("gateway");
    LocalSwarm.awaitReplicas(gateway, 1);
    String expected = AnswerStream.open(gateway, 0, TOKENS).await().text();

    try (OwnClient client = new OwnClient(hosts.host(1), swarm.node("server"))) {
      client.awaitAnswers(1);
      hosts.host(1).moveTo("10.77.0.101");
      long moved = System.nanoTime();
      LocalSwarm.await(() ->
          LocalSwarm.names(gateway).contains("server")
              && LocalSwarm.address(gateway, "server", "link").startsWith("10.77.0.101:"));
      swarm.awaitMembers(all);
      long joined = millisSince(moved);
      LocalSwarm.awaitReplicas(gateway, 1);
      assertThat(AnswerStream.open(gateway, 0, TOKENS).await().text()).isEqualTo(expected);
      System.out.printf(
          "joined %d ms after a change of address, served again after %d ms%n",
          joined, millisSince(moved));
      assertThat(client.answers()).containsOnly(expected).hasSizeGreaterThan(1);
    }

    hosts.host(3).setUnplugged(true);
    LocalSwarm.awaitMembers(gateway, "server", "gateway");
    LocalSwarm.awaitMembers(swarm.node("server"), "server", "gateway");
    // Long enough for the one to give up the others too.
    TimeUnit.SECONDS.sleep(10);
    hosts.host(3).setUnplugged(false);
    long healed = System.nanoTime();
    LocalSwarm.awaitMembers(swarm.node("other"), all);
    swarm.awaitMembers(all);
    System.out.printf("one swarm again %d ms after a parting%n", millisSince(healed));
  }

  /** A client on a machine of its own: one answer after the other from the node beside it. */
  private static final class OwnClient implements AutoCloseable {
    private final Process process;
    private final List<String> answers = new CopyOnWriteArrayList<>();

    OwnClient(VirtualHosts.Host host, RunningNode node) throws Exception {
      List<String> command = new ArrayList<>(host.entering());
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
      command.addAll(List.of("-cp", System.getProperty("java.class.path")));
      command.add(SeveralHosts.class.getName());
      command.addAll(List.of("answers", node.url().replace(host.address(), "127.0.0.1")));
      process = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
      Thread.ofVirtual()
          .start(() ->
              process
                  .inputReader()
                  .lines()
                  .forEach(line -> answers.add(new JsonArray(line).getString(0))));
    }

    List<String> answers() {
      return List.copyOf(answers);
    }

    void awaitAnswers(int count) throws Exception {
      LocalSwarm.await(() -> answers.size() >= count);
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  /** Prints one answer after the other, each as a line of JSON, until it is ended. */
  private static void answers(String url) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      while (true) {
        String text =
            AnswerStream.open(
                    (path, json) ->
                        http.send(
                            HttpRequest.newBuilder(URI.create(url + path))
                                .header("content-type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(json))
                                .build(),
                            HttpResponse.BodyHandlers.ofLines()),
                    0,
                    TOKENS)
                .await()
                .text();
        System.out.println(new JsonArray().add(text).encode());
      }
    }
  }

  private static long millisSince(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
  }
}
