package dev.flotilla.benchmarks;

import dev.flotilla.tokens.SwarmToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A swarm of two machines: one serves a model whose later layers the other computes. */
final class TwoMachines implements AutoCloseable {
  /** Stages of one model, and of the next while those of the last are given up. */
  private static final int STAGE_PORTS = 8;

  private static final String SPECULATION = "--speculation";

  private final Path folder;
  private final CoreMachine near;
  private final String credential =
      SwarmToken.create("benchmark", Optional.empty(), new SecureRandom()).encode();
  private final String peer;
  private final FlotillaServer worker;

  /** The node that serves the model. */
  private record Head(FlotillaServer node, String url) implements MeasuredServer {
    @Override
    public String name() {
      return node.name();
    }

    @Override
    public ProcessHandle computing() {
      return node.computing();
    }

    @Override
    public void close() {
      node.close();
    }
  }

  private TwoMachines(Path folder, CoreMachine near, CoreMachine far, int threads)
      throws IOException {
    this.folder = folder;
    this.near = near;
    int clusterPort = far.freePort();
    int first = far.freePorts(STAGE_PORTS);
    this.peer = far.address() + ":" + clusterPort;
    List<String> arguments = new ArrayList<>(List.of("worker", "--memory", "8GiB"));
    arguments.addAll(List.of("--threads", String.valueOf(threads)));
    arguments.addAll(List.of("--stage-ports", first + "-" + (first + STAGE_PORTS - 1)));
    arguments.addAll(joining(far, clusterPort));
    this.worker = start(far, "worker", arguments);
  }

  /**
   * Starts the worker.
   *
   * @param folder for what both keep
   * @param near where the model is
   */
  static TwoMachines start(Path folder, CoreMachine near, CoreMachine far, int threads)
      throws IOException {
    return new TwoMachines(folder, near, far, threads);
  }

  private List<String> joining(CoreMachine machine, int clusterPort) throws IOException {
    return List.of(
        "--bind",
        machine.own(),
        "--advertise",
        machine.address(),
        "--cluster-port",
        String.valueOf(clusterPort),
        "--bus-port",
        String.valueOf(machine.freePort()),
        "--link-port",
        String.valueOf(machine.freePort()),
        "--no-mdns");
  }

  private FlotillaServer start(CoreMachine machine, String name, List<String> arguments)
      throws IOException {
    Path state = Files.createDirectories(folder.resolve(name));
    Path token = Files.writeString(state.resolve("benchmark.token"), credential);
    List<String> all = new ArrayList<>(arguments);
    all.addAll(List.of("--name", name, "--token-file", token.toString()));
    return FlotillaServer.start(machine.entering(), state, all);
  }

  /**
   * Starts a node that serves a model in two stages, the first its own, and waits until it is ready
   * to.
   *
   * @param name of its state folder: a second one of that name finds what the first one kept
   * @param guessing whether tokens are guessed ahead
   */
  MeasuredServer serve(ServerShape shape, String name, boolean guessing) throws IOException {
    int port = near.freePort();
    List<String> arguments = new ArrayList<>(List.of("run", "--shard", "2"));
    arguments.addAll(List.of("--address", near.own() + ":" + port, "--peer", peer));
    arguments.addAll(List.of(SPECULATION, guessing ? "auto" : "off"));
    arguments.addAll(FlotillaServer.serving(shape));
    arguments.addAll(joining(near, near.freePort()));
    FlotillaServer node = start(near, name, arguments);
    return new Head(node, "http://" + near.address() + ":" + port);
  }

  /** The worker's engine: its spare is younger. */
  ProcessHandle computing() {
    try (Stream<ProcessHandle> engines = worker.node().children()) {
      return engines
          .min(Comparator.comparing(engine -> engine.info().startInstant().orElseThrow()))
          .orElseThrow();
    }
  }

  @Override
  public void close() {
    worker.close();
  }
}
