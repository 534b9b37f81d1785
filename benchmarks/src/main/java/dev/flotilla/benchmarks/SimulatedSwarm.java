package dev.flotilla.benchmarks;

import dev.flotilla.cli.http.ApiBase;
import dev.flotilla.cli.http.JsonCalls;
import dev.flotilla.tokens.SwarmToken;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A node whose engine takes no time, and a gateway of its swarm, on loopback: processes of the same
 * program as this one.
 */
final class SimulatedSwarm implements AutoCloseable {
  private static final String READY = "ready ";
  private static final long FOUND_SECONDS = 60;

  private final List<Process> processes = new ArrayList<>();
  private final String credential =
      SwarmToken.create("benchmark", Optional.empty(), new SecureRandom()).encode();
  private final Path folder;
  private String node = "";
  private String gateway = "";

  private SimulatedSwarm(Path folder) {
    this.folder = folder;
  }

  /**
   * Starts both, and waits until the gateway knows the node's model.
   *
   * @param model a file that names the model; nothing is computed with it
   * @param slots sessions at once
   */
  static SimulatedSwarm start(Path folder, Path model, int slots)
      throws IOException, InterruptedException {
    SimulatedSwarm swarm = new SimulatedSwarm(folder);
    try {
      swarm.node =
          swarm.start(
              "run",
              "node",
              List.of(
                  "--model",
                  "simulated=" + model,
                  "--slots",
                  Integer.toString(slots),
                  "--queue",
                  "4096",
                  "--context-size",
                  "4096"));
      swarm.gateway = swarm.start("federated", "gateway", List.of("--peer", swarm.address()));
      swarm.awaitModel();
      return swarm;
    } catch (IOException | InterruptedException | RuntimeException e) {
      swarm.close();
      throw e;
    }
  }

  /** URL of the node. */
  String node() {
    return node;
  }

  /** URL of the gateway. */
  String gateway() {
    return gateway;
  }

  private String start(String command, String name, List<String> more) throws IOException {
    Path state = Files.createDirectories(folder.resolve(name));
    Path token = Files.writeString(state.resolve("benchmark.token"), credential);
    List<String> arguments = new ArrayList<>();
    arguments.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // As the launcher starts nodes.
    arguments.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:+UseSerialGC",
            "-Xms16m",
            "-Xmx512m",
            "-XX:CompileThresholdScaling=4",
            "-Dflotilla.engine.main-class=" + SimulatedEngine.class.getName(),
            "-cp",
            System.getProperty("java.class.path"),
            "dev.flotilla.cli.Main",
            command,
            "--address",
            "127.0.0.1:0",
            "--state-dir",
            state.toString(),
            "--token-file",
            token.toString(),
            "--name",
            name,
            "--bind",
            "127.0.0.1",
            "--no-mdns",
            "--cluster-port",
            "0",
            "--bus-port",
            "0",
            "--link-port",
            "0"));
    arguments.addAll(more);
    File log = state.resolve("benchmark.log").toFile();
    Process process = new ProcessBuilder(arguments).redirectError(log).start();
    processes.add(process);
    BufferedReader output = process.inputReader();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith(READY)) {
        Thread.ofVirtual().start(() -> output.lines().forEach(_ -> {}));
        return line.substring(READY.length());
      }
    }
    throw new IOException("a node ended before it was ready; see " + log);
  }

  /** The node's cluster port. */
  private String address() throws IOException {
    try (JsonCalls calls = new JsonCalls(ApiBase.of(node, Optional.empty()))) {
      JsonObject member = new JsonArray(calls.getText("/api/nodes")).getJsonObject(0);
      return member.getJsonObject("addresses").getString("cluster");
    }
  }

  private void awaitModel() throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(FOUND_SECONDS);
    try (JsonCalls calls = new JsonCalls(ApiBase.of(gateway, Optional.empty()))) {
      while (!serves(calls.get("/v1/models").getJsonArray("data"))) {
        if (System.nanoTime() - end > 0) {
          throw new IOException("the gateway never heard of the node's model");
        }
        TimeUnit.MILLISECONDS.sleep(50);
      }
    }
  }

  private static boolean serves(JsonArray models) {
    return models.stream()
        .flatMap(model -> ((JsonObject) model).getJsonArray("replicas").stream())
        .anyMatch(replica -> ((JsonObject) replica).getString("state").equals("ready"));
  }

  @Override
  public void close() {
    processes.reversed().forEach(MeasuredServer::end);
  }
}
