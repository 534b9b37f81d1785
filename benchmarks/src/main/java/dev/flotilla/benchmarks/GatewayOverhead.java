package dev.flotilla.benchmarks;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.DoubleStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * What a gateway adds to the way to a node: the same requests straight to the node, through the
 * gateway and through nginx, by the same client, in turns, to an engine that takes no time.
 */
@Command(
    name = "gateway",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Measure what a gateway adds to latency and takes of throughput, beside nginx.")
final class GatewayOverhead implements Callable<Integer> {
  private static final String DIRECT = "direct";
  private static final String PATH = "/v1/completions";
  private static final int STREAM_TOKENS = 1_000;

  @Mixin private WorkOptions work = new WorkOptions();

  @Option(
      names = "--nginx",
      paramLabel = "FILE",
      defaultValue = "/usr/sbin/nginx",
      description = "The proxy to compare with. [${DEFAULT-VALUE}]")
  private String nginx = "";

  @Option(
      names = "--ways",
      split = ",",
      paramLabel = "WAY",
      defaultValue = "direct,gateway,nginx",
      description = "The ways to measure, to profile one of them alone. [${DEFAULT-VALUE}]")
  private List<String> only = List.of();

  @Option(
      names = "--warm-up",
      paramLabel = "N",
      defaultValue = "20",
      description =
          "Seconds for which each way is busy before anything counts, as for a server that has run"
              + " for a while. [${DEFAULT-VALUE}]")
  private int warmUpSeconds;

  @Option(
      names = "--turns",
      paramLabel = "N",
      defaultValue = "10",
      description = "How often each way is measured. [${DEFAULT-VALUE}]")
  private int turns;

  @Option(
      names = "--requests",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Requests of one turn, one after another. [${DEFAULT-VALUE}]")
  private int requests;

  @Option(
      names = "--clients",
      paramLabel = "N",
      defaultValue = "32",
      description = "Connections at once where throughput is measured. [${DEFAULT-VALUE}]")
  private int clients;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "5",
      description = "How long throughput is measured in a turn. [${DEFAULT-VALUE}]")
  private int seconds;

  @Option(names = "--json", paramLabel = "FILE", description = "Keep every value there.")
  private Path json = Path.of("gateway.json");

  /** What was measured of one way. */
  private static final class Measured {
    private final List<Double> latencyMillis = new ArrayList<>();
    private final List<Double> perSecond = new ArrayList<>();
    private final List<Double> microsPerToken = new ArrayList<>();

    JsonObject toJson() {
      return new JsonObject()
          .put("latencyMillis", new JsonArray(List.copyOf(latencyMillis)))
          .put("requestsPerSecond", new JsonArray(List.copyOf(perSecond)))
          .put("microsPerStreamedToken", new JsonArray(List.copyOf(microsPerToken)));
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException, ExecutionException {
    Path folder = Files.createTempDirectory(work.folder(), "gateway");
    Path model = work.shared("models/stories260K.gguf");
    try (SimulatedSwarm swarm = SimulatedSwarm.start(folder, model, Math.max(clients, 16));
        NginxProxy proxy = NginxProxy.start(nginx, swarm.node(), folder.resolve("nginx"))) {
      Map<String, String> ways = new LinkedHashMap<>();
      ways.put(DIRECT, swarm.node());
      ways.put("gateway", swarm.gateway());
      ways.put("nginx", proxy.url());
      ways.keySet().retainAll(only);
      Map<String, Measured> results = new LinkedHashMap<>();
      ways.keySet().forEach(way -> results.put(way, new Measured()));
      for (String url : ways.values()) {
        double _ = throughput(url, warmUpSeconds);
        stream(url);
      }
      for (int turn = 0; turn < turns; turn++) {
        for (Map.Entry<String, String> way : ways.entrySet()) {
          measure(way.getValue(), results.getOrDefault(way.getKey(), new Measured()));
        }
      }
      report(results);
    }
    return 0;
  }

  private void measure(String url, Measured measured)
      throws IOException, InterruptedException, ExecutionException {
    try (KeepAliveClient client = new KeepAliveClient(url, PATH, body(1, false))) {
      for (int i = 0; i < requests; i++) {
        measured.latencyMillis.add(client.exchangeNanos() / 1e6);
      }
    }
    measured.perSecond.add(throughput(url, seconds));
    measured.microsPerToken.add(stream(url) / STREAM_TOKENS);
  }

  /** Microseconds that a stream takes. */
  private static double stream(String url) throws IOException {
    try (KeepAliveClient client = new KeepAliveClient(url, PATH, body(STREAM_TOKENS, true))) {
      long began = System.nanoTime();
      int events = client.exchange();
      if (events < STREAM_TOKENS) {
        throw new IOException("a stream had " + events + " events");
      }
      return (System.nanoTime() - began) / 1e3;
    }
  }

  private static String body(int tokens, boolean stream) {
    return new JsonObject()
        .put("model", "simulated")
        .put("prompt", "Tell me a story")
        .put("max_tokens", tokens)
        .put("ignore_eos", true)
        .put("seed", 1)
        .put("stream", stream)
        .encode();
  }

  /** Requests per second of all clients together. */
  private double throughput(String url, int seconds)
      throws IOException, InterruptedException, ExecutionException {
    AtomicLong done = new AtomicLong();
    long began = System.nanoTime();
    long end = began + TimeUnit.SECONDS.toNanos(seconds);
    try (ExecutorService threads = Executors.newFixedThreadPool(clients)) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < clients; i++) {
        running.add(
            threads.submit(() -> {
              try (KeepAliveClient client = new KeepAliveClient(url, PATH, body(1, false))) {
                while (System.nanoTime() - end < 0) {
                  int _ = client.exchange();
                  done.incrementAndGet();
                }
              }
              return null;
            }));
      }
      for (Future<?> each : running) {
        each.get();
      }
    }
    return done.get() / ((System.nanoTime() - began) / 1e9);
  }

  private void report(Map<String, Measured> results) throws IOException {
    JsonObject all = new JsonObject();
    double directP50 = Double.NaN;
    double directP99 = Double.NaN;
    System.out.printf(
        "%-10s%10s%10s%12s%12s%14s%14s%n",
        "", "p50 ms", "p99 ms", "added p50", "added p99", "requests/s", "us/token");
    for (Map.Entry<String, Measured> way : results.entrySet()) {
      Measured measured = way.getValue();
      double p50 = quantile(measured.latencyMillis, 0.5);
      double p99 = quantile(measured.latencyMillis, 0.99);
      if (way.getKey().equals(DIRECT)) {
        directP50 = p50;
        directP99 = p99;
      }
      System.out.printf(
          "%-10s%10.3f%10.3f%12.3f%12.3f%14.0f%14.1f%n",
          way.getKey(),
          p50,
          p99,
          p50 - directP50,
          p99 - directP99,
          quantile(measured.perSecond, 0.5),
          quantile(measured.microsPerToken, 0.5));
      all.put(way.getKey(), measured.toJson());
    }
    Files.writeString(json, all.encodePrettily());
  }

  /** The least value that at least this share of all does not exceed. */
  private static double quantile(List<Double> values, double share) {
    double[] sorted = values.stream().flatMapToDouble(DoubleStream::of).sorted().toArray();
    int rank = (int) Math.ceil(share * sorted.length);
    return Arrays.stream(sorted).skip(Math.max(rank, 1) - 1L).findFirst().orElseThrow();
  }
}
