package dev.flotilla.node.shard;

import dev.flotilla.engine.EngineOptions.Backend;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How an engine process is started: the same Java and the same classes as this node, in a small
 * JVM, with nothing secret in its arguments or its environment.
 *
 * @param mainClass its main class
 * @param jvmFlags its JVM flags
 */
public record EngineLauncher(String mainClass, List<String> jvmFlags) implements EngineSource {

  /**
   * A JVM that mostly waits for native code: little heap, a collector without threads of its own.
   */
  private static final List<String> FOOTPRINT_FLAGS =
      List.of(
          "-XX:+UseSerialGC",
          "-Xms8m",
          "-Xmx256m",
          "-Xss512k",
          "-XX:ReservedCodeCacheSize=24m",
          "-XX:-UsePerfData",
          "-XX:TieredStopAtLevel=4",
          "-Xshare:auto",
          "--enable-native-access=ALL-UNNAMED");

  public EngineLauncher {
    jvmFlags = List.copyOf(jvmFlags);
  }

  /** The launcher of real engines. */
  public static EngineLauncher standard() {
    return new EngineLauncher("dev.flotilla.node.worker.EngineMain", FOOTPRINT_FLAGS);
  }

  @Override
  public EngineProcess start(Backend backend, EngineProcess.Listener listener) throws IOException {
    return EngineProcess.start(this).listen(listener);
  }

  /** Starts a process; its log goes where this process's standard error goes. */
  Process start() throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmFlags);
    System.getProperties().stringPropertyNames().stream()
        .filter(name -> name.startsWith("flotilla.log."))
        .forEach(name -> command.add("-D" + name + "=" + System.getProperty(name)));
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(mainClass);
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().keySet().removeIf(EngineLauncher::mayBeSecret);
    return builder.start();
  }

  private static boolean mayBeSecret(String variable) {
    return variable.contains("KEY") || variable.contains("TOKEN") || variable.contains("SECRET");
  }
}
