package dev.flotilla.benchmarks;

import dev.flotilla.cli.http.ApiBase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A node that has a model's file, and workers, on machines whose engines are not equally fast.
 * Where there are more machines than cores some share one, which they don't notice while a lone
 * stream is computed: its token is on one machine at a time.
 */
final class SlowedSwarm implements AutoCloseable {
  private static final int CORES = 2;
  private static final int THREADS = 1;

  /** Next to nothing, and not so little that a process can't be started. */
  private static final CpuShare HELD = new CpuShare(1, 500);

  /** Of whose opening and closing the last is the first to go. */
  private final Deque<AutoCloseable> parts = new ArrayDeque<>();

  private final List<Machine> machines = new ArrayList<>();
  private final MachineSwarm swarm;
  private final Duration delay;

  /**
   * One of the machines.
   *
   * @param name of its node
   * @param share of a core that its engines have
   * @param memoryMebibytes that its node lends
   */
  record Member(String name, CpuShare share, long memoryMebibytes) {
    String memory() {
      return memoryMebibytes + "MiB";
    }
  }

  /** A node that runs, and the engine processes of it that are known. */
  private record Machine(Member member, FlotillaServer node, CpuGroup engines, Set<Long> known) {}

  /**
   * No machines yet.
   *
   * @param delay of everything that comes to a machine, and of the answers
   * @param folder for what the nodes keep
   */
  SlowedSwarm(Path folder, Duration delay) {
    this.swarm = new MachineSwarm(folder);
    this.delay = delay;
  }

  /**
   * Starts the node that has the model's file.
   *
   * @param models a folder with nothing else
   * @return its API
   */
  ApiBase startHead(Member member, ServerShape shape, Path models) throws IOException {
    Files.createSymbolicLink(
        Files.createDirectories(models).resolve(shape.model().getFileName()), shape.model());
    for (int core = 0; core < CORES; core++) {
      parts.push(new WakefulCore(core));
    }
    CpuGroup engines = group(member.name(), member.share());
    CoreMachine machine = machine();
    List<String> arguments =
        new ArrayList<>(List.of("run", "--models-dir", models.toString(), "--speculation", "off"));
    arguments.addAll(List.of("--memory", member.memory(), "--address", machine.own() + ":0"));
    arguments.addAll(FlotillaServer.engineOptions(shape));
    FlotillaServer head = swarm.node(machine, member.name(), arguments);
    add(new Machine(member, head, engines, new HashSet<>()));
    return swarm.administered(head, member.name());
  }

  /** Starts one that computes for others. Its engines are held up until {@link #slowDown}. */
  void startWorker(Member member) throws IOException {
    CpuGroup engines = group(member.name(), HELD);
    FlotillaServer worker = swarm.worker(machine(), member.name(), member.memory(), THREADS);
    add(new Machine(member, worker, engines, new HashSet<>()));
  }

  /** The next one: neighbours in the order of their starts have different cores. */
  private CoreMachine machine() {
    CoreMachine machine = CoreMachine.far(machines.size() % CORES, delay);
    parts.push(machine);
    return machine;
  }

  /** For a machine's engines; closed after the node that ends them. */
  private CpuGroup group(String name, CpuShare share) throws IOException {
    CpuGroup engines = CpuGroup.create(name);
    parts.push(engines);
    engines.limit(share);
    return engines;
  }

  private void add(Machine machine) {
    parts.push(machine.node());
    machines.add(machine);
  }

  /** Gives each machine's engines their share from now on. */
  void slowDown() throws IOException {
    for (Machine machine : machines) {
      machine.engines().limit(machine.member().share());
    }
  }

  /** Gives all engines a whole core, as what is not measured need not take longer. */
  void speedUp() throws IOException {
    for (Machine machine : machines) {
      machine.engines().limit(CpuShare.WHOLE);
    }
  }

  /**
   * Slows down the engine processes that were started since it was asked last. An engine takes some
   * hundred milliseconds to start, so it is to be asked more often while any may.
   */
  void slowEngines() throws IOException {
    for (Machine machine : machines) {
      try (Stream<ProcessHandle> children = machine.node().node().children()) {
        for (ProcessHandle engine : children.toList()) {
          if (machine.known().add(engine.pid())) {
            machine.engines().add(engine);
          }
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    List<Exception> problems = new ArrayList<>();
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception e) {
        problems.add(e);
      }
    }
    if (!problems.isEmpty()) {
      throw new IOException("the swarm did not end in order", problems.getFirst());
    }
  }
}
