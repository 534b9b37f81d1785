package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.gguf.SharedFiles;
import dev.flotilla.node.shard.ModelFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real model with flipped bytes, in a thousand seeded variants. The node's own check never fails
 * but with a clear refusal; what passes it is given to native loaders in processes of their own,
 * and what crashes those is given to a real node.
 */
class CorruptModelTest {
  private static final int VARIANTS = 1_000;

  /** Most flips go to where the structure is: keys, vocabulary, tensor table. */
  private static final int HEADER_BYTES = 16_384;

  /** Variants that crash the native loader, of those tried on a real node: each costs a start. */
  private static final int CRASHES_TRIED_ON_NODES = 3;

  @TempDir private Path folder;

  @Test
  void flippedBytesCostAtMostOneEngineProcess() throws Exception {
    long seed = Long.getLong("flotilla.seed", System.nanoTime());
    System.out.println("CorruptModelTest seed " + seed);
    Random random = new Random(seed);
    byte[] good = Files.readAllBytes(SharedFiles.require("models/stories260K.gguf"));
    List<Path> passed = new ArrayList<>();
    int refused = 0;
    for (int i = 0; i < VARIANTS; i++) {
      Path file = Files.write(folder.resolve(i + ".gguf"), flip(good, random));
      Optional<EngineException> refusal = refusal(file);
      if (refusal.isPresent()) {
        assertThat(refusal.get().failure()).isEqualTo(EngineFailure.MODEL_UNUSABLE);
        assertThat(refusal.get().getMessage()).contains(file.toString()).hasSizeLessThan(2_000);
        Files.delete(file);
        refused++;
      } else {
        passed.add(file);
      }
    }
    assertThat(refused).as("seed %d", seed).isGreaterThan(VARIANTS / 20);
    Outcome outcome = loadAll(passed);
    System.out.printf(
        "%d variants: %d refused by the node, %d loaded, %d refused by llama.cpp, %d crashed it%n",
        VARIANTS, refused, outcome.loaded(), outcome.refused(), outcome.crashed().size());
    for (Path crasher : outcome.crashed().stream().limit(CRASHES_TRIED_ON_NODES).toList()) {
      assertNodeSurvivesBeside(crasher);
    }
  }

  private static byte[] flip(byte[] good, Random random) {
    byte[] bad = good.clone();
    for (int flips = 1 + random.nextInt(6); flips > 0; flips--) {
      int at = random.nextInt(random.nextInt(10) == 0 ? bad.length : HEADER_BYTES);
      bad[at] ^= (byte) (1 << random.nextInt(8));
    }
    return bad;
  }

  private static Optional<EngineException> refusal(Path file) {
    try {
      assertThat(ModelFile.read("variant", file).card().layers()).isNotNegative();
      return Optional.empty();
    } catch (EngineException e) {
      return Optional.of(e);
    }
  }

  private record Outcome(int loaded, int refused, List<Path> crashed) {}

  /** Loads all in native loaders; one that crashes is replaced. */
  private Outcome loadAll(List<Path> files) throws Exception {
    int loaded = 0;
    int refused = 0;
    List<Path> crashed = new ArrayList<>();
    int next = 0;
    while (next < files.size()) {
      Process probe = probe();
      try (BufferedReader answers =
          new BufferedReader(
              new InputStreamReader(probe.getInputStream(), StandardCharsets.UTF_8))) {
        boolean alive = true;
        while (alive && next < files.size()) {
          Path file = files.get(next++);
          String answer = ask(probe, answers, file);
          alive = !answer.isEmpty();
          loaded += answer.startsWith("loaded") ? 1 : 0;
          refused += answer.startsWith("refused") ? 1 : 0;
          if (!alive) {
            crashed.add(file);
          }
        }
      } finally {
        probe.destroyForcibly();
      }
    }
    return new Outcome(loaded, refused, crashed);
  }

  /** The probe's answer; empty if it crashed. */
  private static String ask(Process probe, BufferedReader answers, Path file) {
    try {
      probe.outputWriter(StandardCharsets.UTF_8).write(file + "\n");
      probe.outputWriter(StandardCharsets.UTF_8).flush();
      String answer = answers.readLine();
      return answer == null ? "" : answer;
    } catch (IOException e) {
      return "";
    }
  }

  private Process probe() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:-CreateCoredumpOnCrash",
            "-XX:ErrorFile=" + folder.resolve("crash.log"),
            "-cp",
            System.getProperty("java.class.path"),
            LoadProbe.class.getName(),
            folder.resolve("cache").toString())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private void assertNodeSurvivesBeside(Path crasher) throws Exception {
    String good = SharedFiles.require("models/stories260K.gguf").toString();
    try (RunningNode node =
        RunningNode.start(
            folder.resolve("state"), "--model", "good=" + good, "--model", "bad=" + crasher)) {
      assertThat(
              node.post(
                      "/v1/completions",
                      "{\"model\":\"good\",\"prompt\":\"Once\",\"max_tokens\":3}")
                  .statusCode())
          .isEqualTo(200);
      var answer =
          node.post("/v1/completions", "{\"model\":\"bad\",\"prompt\":\"Once\",\"max_tokens\":3}");
      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(answer.body()).contains("died while it loaded");
      assertThat(node.process().isAlive()).isTrue();
    }
  }
}
