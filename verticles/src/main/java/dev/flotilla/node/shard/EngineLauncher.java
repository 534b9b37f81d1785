package dev.flotilla.node.shard;

import dev.flotilla.engine.ComputeDevices;
import dev.flotilla.engine.EngineOptions.Backend;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Consumer;

/**
 * How an engine process is started: the same Java and the same classes as this node, in a small
 * JVM, with nothing secret in its arguments or its environment.
 *
 * @param mainClass its main class
 * @param jvmFlags its JVM flags
 * @param stopMillis how long it may take to end after it was told to
 * @param found is told what processes find to compute with, on a thread of the process; must not
 *     block
 */
public record EngineLauncher(
    String mainClass, List<String> jvmFlags, long stopMillis, Consumer<ComputeDevices> found)
    implements EngineSource {

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
          "-XX:CompileThresholdScaling=4",
          "--enable-native-access=ALL-UNNAMED",
          // Frames own standard output; what the JVM itself says must not get between them.
          "-XX:+DisplayVMOutputToStderr",
          "-Xlog:disable",
          "-Xlog:all=warning:stderr",
          "-Xlog:aot*=off:stderr",
          "-Xlog:cds*=off:stderr");

  /** Property that names the AOT cache to start from; Java passes over one that does not fit. */
  private static final String AOT_CACHE = "flotilla.engine.aot-cache";

  /** Property that names the AOT cache that a process leaves when it ends, for later ones. */
  private static final String AOT_OUTPUT = "flotilla.engine.aot-output";

  /** Property that names another engine than libllama's: the main class of its process. */
  private static final String MAIN_CLASS = "flotilla.engine.main-class";

  /** How glibc is told what it can be tuned in: {@code NAME=VALUE}, separated by colons. */
  private static final String TUNABLES = "GLIBC_TUNABLES";

  /**
   * Has glibc ask for huge pages for large blocks, weights above all. A step of generation reads
   * all of them, and takes longer by small pages, which many systems give to who doesn't ask.
   */
  private static final String HUGE_PAGES = "glibc.malloc.hugetlb";

  private static final String STANDARD_MAIN = "dev.flotilla.node.worker.EngineMain";

  private static final long STOP_MILLIS = 5_000;

  /** Writing an AOT cache takes a slow machine that long. */
  private static final long STOP_AND_WRITE_MILLIS = 60_000;

  public EngineLauncher {
    jvmFlags = List.copyOf(jvmFlags);
  }

  /** The launcher of real engines. */
  public static EngineLauncher standard() {
    return standard(_ -> {});
  }

  /** The same, for a node that wants to know what is found to compute with. */
  public static EngineLauncher standard(Consumer<ComputeDevices> found) {
    return standard(System.getProperties(), found);
  }

  static EngineLauncher standard(Properties properties, Consumer<ComputeDevices> found) {
    List<String> flags = new ArrayList<>(FOOTPRINT_FLAGS);
    String cache = properties.getProperty(AOT_CACHE);
    String output = properties.getProperty(AOT_OUTPUT);
    if (output != null) {
      flags.add("-XX:AOTCacheOutput=" + output);
    } else if (cache != null) {
      flags.add("-XX:AOTCache=" + cache);
    }
    return new EngineLauncher(
        properties.getProperty(MAIN_CLASS, STANDARD_MAIN),
        flags,
        output == null ? STOP_MILLIS : STOP_AND_WRITE_MILLIS,
        found);
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
    prepare(builder.environment());
    return builder.start();
  }

  /** Makes a node's environment that of an engine process. */
  static void prepare(Map<String, String> environment) {
    environment.keySet().removeIf(EngineLauncher::mayBeSecret);
    String tunables = environment.getOrDefault(TUNABLES, "");
    if (!tunables.contains(HUGE_PAGES)) {
      environment.put(TUNABLES, (tunables.isEmpty() ? "" : tunables + ":") + HUGE_PAGES + "=1");
    }
  }

  private static boolean mayBeSecret(String variable) {
    return variable.contains("KEY") || variable.contains("TOKEN") || variable.contains("SECRET");
  }
}
