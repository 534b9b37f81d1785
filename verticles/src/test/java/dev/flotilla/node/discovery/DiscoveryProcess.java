package dev.flotilla.node.discovery;

import dev.flotilla.tokens.PeerAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A running {@link DiscoveryMain}. */
final class DiscoveryProcess implements AutoCloseable {
  private final Process process;
  private final Set<String> lines = ConcurrentHashMap.newKeySet();

  private DiscoveryProcess(Process process) {
    this.process = process;
    Thread.ofVirtual().start(this::read);
  }

  /**
   * Starts one.
   *
   * @param prefix what the command line begins with, such as {@code ip netns exec NAME}
   */
  static DiscoveryProcess start(List<String> prefix, String swarm, PeerAddress own)
      throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            DiscoveryMain.class.getName(),
            swarm,
            own.toString()));
    return new DiscoveryProcess(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  private void read() {
    try (BufferedReader reader = process.inputReader()) {
      reader
          .lines()
          .forEach(line -> {
            System.out.println(process.pid() + ": " + line);
            lines.add(line);
          });
    } catch (IOException closed) {
      throw new UncheckedIOException(closed);
    }
  }

  /** The peers it has found, as text. */
  Set<String> found() {
    return lines.stream()
        .filter(line -> line.startsWith("found "))
        .map(line -> line.split(" ", -1)[1])
        .collect(Collectors.toSet());
  }

  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException hurry) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
  }
}
