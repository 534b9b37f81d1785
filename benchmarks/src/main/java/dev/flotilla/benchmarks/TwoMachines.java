package dev.flotilla.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A swarm of two machines: one serves a model whose later layers the other computes. */
final class TwoMachines implements AutoCloseable {
  private static final String WORKER = "worker";
  private static final String MEMORY = "8GiB";
  private static final String SPECULATION = "--speculation";

  private final CoreMachine near;
  private final MachineSwarm swarm;
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

  private TwoMachines(CoreMachine near, MachineSwarm swarm, FlotillaServer worker) {
    this.near = near;
    this.swarm = swarm;
    this.worker = worker;
  }

  /**
   * Starts the worker.
   *
   * @param folder for what both keep
   * @param near where the model is
   */
  static TwoMachines start(Path folder, CoreMachine near, CoreMachine far, int threads)
      throws IOException {
    MachineSwarm swarm = new MachineSwarm(folder);
    return new TwoMachines(near, swarm, swarm.worker(far, WORKER, MEMORY, threads));
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
    arguments.addAll(List.of("--address", near.own() + ":" + port));
    arguments.addAll(List.of(SPECULATION, guessing ? "auto" : "off"));
    arguments.addAll(FlotillaServer.serving(shape));
    FlotillaServer node = swarm.node(near, name, arguments);
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
