package dev.flotilla.benchmarks;

import dev.flotilla.cli.bench.Statistics.Spread;
import dev.flotilla.cli.http.ApiBase;
import dev.flotilla.cli.http.JsonCalls;
import dev.flotilla.net.FreePorts;
import dev.flotilla.tokens.SwarmToken;
import io.vertx.core.json.JsonArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * How long nodes of one token take from a cold start until each of them sees all, on loopback. They
 * are started by the launcher as users start them, at once, with empty state folders.
 */
@Command(
    name = "formation",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Measure how long three nodes take from a cold start to one swarm.")
final class Formation implements Callable<Integer> {
  private static final int NODES = 3;
  private static final long LIMIT_SECONDS = 180;
  private static final long POLL_MILLIS = 50;

  @Mixin private WorkOptions work = new WorkOptions();

  @Option(
      names = "--repetitions",
      paramLabel = "N",
      defaultValue = "5",
      description = "How many swarms are formed in each way. [${DEFAULT-VALUE}]")
  private int repetitions;

  @Option(
      names = "--gateways",
      description = "Start gateways, which have no model and no engine, instead of nodes.")
  private boolean gateways;

  /** By what alone the nodes find each other. */
  private enum Way {
    MDNS("mDNS"),
    STATIC_PEER("one static peer"),
    PRIVATE_DHT("a private DHT");

    private final String label;

    Way(String label) {
      this.label = label;
    }

    /**
     * The cluster port of each node and its further options; the first is the one that the others
     * are told of.
     */
    List<List<String>> options() throws IOException {
      return switch (this) {
        case MDNS -> List.of(List.of("0"), List.of("0"), List.of("0"));
        case STATIC_PEER -> {
          String port = String.valueOf(FreePorts.tcp());
          List<String> others = List.of("0", "--no-mdns", "--peer", "127.0.0.1:" + port);
          yield List.of(List.of(port, "--no-mdns"), others, others);
        }
        case PRIVATE_DHT -> {
          String port = String.valueOf(FreePorts.udp());
          yield List.of(dht(port, port), dht(port, "0"), dht(port, "0"));
        }
      };
    }

    private static List<String> dht(String bootstrap, String own) {
      return List.of(
          "0",
          "--no-mdns",
          "--dht",
          "--dht-bootstrap",
          "127.0.0.1:" + bootstrap,
          "--dht-port",
          own);
    }
  }

  /**
   * A swarm that was formed.
   *
   * @param seconds from the start of the last process until every node saw all
   * @param processorSeconds that the nodes had taken by then, each on average, without their
   *     engines
   */
  private record Formed(double seconds, double processorSeconds) {}

  /**
   * A node that was started.
   *
   * @param api where it will answer
   */
  private record Started(Process process, JsonCalls api) implements AutoCloseable {
    /** How many members it sees; 0 before it answers. */
    int members() {
      try {
        return new JsonArray(api.getText("/api/nodes")).size();
      } catch (IOException _) {
        return 0;
      }
    }

    @Override
    public void close() {
      MeasuredServer.end(process);
      api.close();
    }
  }

  @Override
  public Integer call() throws Exception {
    System.out.println(
        "| found by | swarms | one swarm after, s | least .. most | processor time of a node, s |");
    System.out.println("|---|---:|---:|---:|---:|");
    for (Way way : Way.values()) {
      List<Formed> all = new ArrayList<>();
      for (int i = 0; i < repetitions; i++) {
        all.add(form(way));
      }
      Spread seconds = Spread.of(all.stream().mapToDouble(Formed::seconds).toArray());
      Spread processor = Spread.of(all.stream().mapToDouble(Formed::processorSeconds).toArray());
      System.out.printf(
          Locale.ROOT,
          "| %s | %d | %.1f | %.1f .. %.1f | %.1f |%n",
          way.label,
          all.size(),
          seconds.median(),
          seconds.min(),
          seconds.max(),
          processor.median());
    }
    return 0;
  }

  private Formed form(Way way) throws Exception {
    Path folder = Files.createTempDirectory(work.folder(), "formation");
    SwarmToken token = SwarmToken.create("", Optional.empty(), new SecureRandom());
    List<Started> nodes = new ArrayList<>();
    try {
      for (List<String> options : way.options()) {
        nodes.add(start(folder.resolve("node" + nodes.size()), token, options));
      }
      long lastNanos = System.nanoTime();
      awaitOneSwarm(nodes, lastNanos + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS));
      double seconds = (System.nanoTime() - lastNanos) / 1e9;
      return new Formed(
          seconds,
          nodes.stream().mapToDouble(node -> processorSeconds(node.process())).sum() / NODES);
    } finally {
      nodes.forEach(node -> node.process().destroy());
      nodes.forEach(Started::close);
      Folders.delete(folder);
    }
  }

  private Started start(Path stateDir, SwarmToken token, List<String> options) throws IOException {
    Files.createDirectories(stateDir);
    String api = "127.0.0.1:" + FreePorts.tcp();
    List<String> command =
        new ArrayList<>(
            List.of(
                WorkOptions.launcher().toString(),
                gateways ? "federated" : "run",
                "--address",
                api,
                "--state-dir",
                stateDir.toString(),
                "--bind",
                "127.0.0.1",
                "--bus-port",
                "0",
                "--link-port",
                "0",
                "--cluster-port"));
    command.addAll(options);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(stateDir.resolve("benchmark.log").toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    // With which a node is a member.
    builder.environment().put("FLOTILLA_TOKEN", token.encode());
    return new Started(builder.start(), new JsonCalls(ApiBase.of(api, Optional.empty())));
  }

  private static void awaitOneSwarm(List<Started> nodes, long deadlineNanos)
      throws IOException, InterruptedException {
    List<Started> waiting = new ArrayList<>(nodes);
    while (!waiting.isEmpty()) {
      for (Started node : nodes) {
        if (!node.process().isAlive() || System.nanoTime() - deadlineNanos > 0) {
          throw new IOException("a node did not come to see %d nodes".formatted(NODES));
        }
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      waiting.removeIf(node -> node.members() == NODES);
    }
  }

  private static double processorSeconds(Process process) {
    return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1e9;
  }
}
