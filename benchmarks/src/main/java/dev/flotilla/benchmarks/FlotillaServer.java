package dev.flotilla.benchmarks;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A node, started by the launcher as its users start it. */
final class FlotillaServer implements MeasuredServer {
  private static final String READY = "ready ";

  private final Process process;
  private final String url;
  private final Duration startUp;

  private FlotillaServer(Process process, String url, Duration startUp) {
    this.process = process;
    this.url = url;
    this.startUp = startUp;
  }

  /**
   * Starts a node and waits for its readiness line.
   *
   * @param stateDir its state folder; its log goes there too
   * @throws IOException if it ends before it is ready
   */
  static FlotillaServer start(ServerShape shape, Path stateDir) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("run", "--address", "127.0.0.1:0"));
    arguments.addAll(serving(shape));
    return start(List.of(), stateDir, arguments);
  }

  /** What a node is told that serves a model. */
  static List<String> serving(ServerShape shape) {
    List<String> arguments = new ArrayList<>(List.of("--model", shape.model().toString()));
    arguments.addAll(engineOptions(shape));
    return arguments;
  }

  /** The same of one that gets its models otherwise. */
  static List<String> engineOptions(ServerShape shape) {
    return List.of(
        "--threads",
        String.valueOf(shape.threads()),
        "--context-size",
        String.valueOf(shape.contextTokens()),
        "--slots",
        String.valueOf(shape.slots()));
  }

  /**
   * The same with any command that serves.
   *
   * @param entering what goes before it
   * @param arguments the command, and its options but for the state folder
   */
  static FlotillaServer start(List<String> entering, Path stateDir, List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>(entering);
    command.add(WorkOptions.launcher().toString());
    command.addAll(arguments);
    command.addAll(List.of("--state-dir", stateDir.toString()));
    File log = stateDir.resolve("benchmark.log").toFile();
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(log);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    long startNanos = System.nanoTime();
    Process process = builder.start();
    BufferedReader output = process.inputReader();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith(READY)) {
        Duration startUp = Duration.ofNanos(System.nanoTime() - startNanos);
        Thread.ofVirtual().start(() -> output.lines().forEach(_ -> {}));
        return new FlotillaServer(process, line.substring(READY.length()), startUp);
      }
    }
    throw new IOException("the node ended before it was ready; see " + log);
  }

  @Override
  public String name() {
    return "flotilla";
  }

  @Override
  public String url() {
    return url;
  }

  /** From the start of the launcher to the readiness line. */
  Duration startUp() {
    return startUp;
  }

  /** The node, which the launcher has become. */
  ProcessHandle node() {
    return process.toHandle();
  }

  /** Its engine process. */
  @Override
  public ProcessHandle computing() {
    try (Stream<ProcessHandle> children = process.children()) {
      return children.findFirst().orElseThrow();
    }
  }

  @Override
  public void close() {
    MeasuredServer.end(process);
  }
}
