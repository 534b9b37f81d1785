package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * Runs a program in namespaces of its own for network and processes: what it changes there nobody
 * else sees, and whatever it starts ends with it, however it ends.
 */
final class Namespaced {
  /** A system property that such a program has. */
  static final String MARK = "flotilla.test.namespaced";

  private static final List<String> UNSHARE =
      List.of("unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc");

  private Namespaced() {}

  /** Skips a test where this can't be done. */
  static void assumeUsable() {
    Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "not root");
    Assumptions.assumeTrue(
        succeeds(List.of("sh", "-c", "ip link add probe type bridge && command -v nsenter")),
        "no network namespaces here: unshare, nsenter, ip and the right to use them are needed");
  }

  private static boolean succeeds(List<String> command) {
    List<String> all = new ArrayList<>(UNSHARE);
    all.addAll(command);
    try {
      Process process =
          new ProcessBuilder(all)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException _) {
      return false;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /**
   * Runs a main class; fails with all it said if it fails.
   *
   * @param folder for what it says
   * @return what it said
   */
  static String run(Class<?> main, Path folder, int limitSeconds, String... arguments)
      throws Exception {
    Path said = folder.resolve("said");
    List<String> command = new ArrayList<>(UNSHARE);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-D" + MARK + "=true"));
    String shared = System.getProperty("flotilla.shared");
    if (shared != null) {
      command.add("-Dflotilla.shared=" + shared);
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start();
    try {
      boolean ended = process.waitFor(limitSeconds, TimeUnit.SECONDS);
      String text = Files.readString(said);
      assertThat(ended).as("it ends in time: %s", text).isTrue();
      assertThat(process.exitValue()).as(text).isZero();
      return text;
    } finally {
      process.destroyForcibly();
    }
  }

  /** In such a program: ends it when whoever runs it ends. */
  static void endWithParent() {
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try {
            while (System.in.read() >= 0) {}
          } catch (IOException _) {
            // Over as well.
          }
          Runtime.getRuntime().halt(1);
        });
  }
}
