package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nodes, engines and laptops that die or sleep at random times while streams run, and links that
 * are cut or reset between nodes that are well, for {@code flotilla.rounds} rounds of {@code
 * flotilla.streams} streams; {@code flotilla.blows} says what may happen, and {@code
 * -Dflotilla.client=openai} has OpenAI's own client read them. Prints what pauses clients saw.
 */
@Tag("soak")
class FederationSoakTest {
  private static final int STREAMS = Integer.getInteger("flotilla.streams", 100);
  private static final int TOKENS = Integer.getInteger("flotilla.tokens", 100);
  private static final List<String> SERVING = List.of("one", "two", "three");

  /** Each is a machine of one core, with room for all streams. */
  private static final String[] ROOMY = {
    "--slots", Integer.toString(STREAMS), "--context-size", "1024", "--threads", "1"
  };

  /** Longer than the cluster waits for a member, so that a sleeper has to come back. */
  private static final long SLEEP_MILLIS = 7_000;

  private static final String ALL_BLOWS =
      "NODE_KILLED,ENGINE_KILLED,NODE_SLEEPS,LINK_CUT,LINK_RESET";

  @TempDir private Path folder;

  private enum Blow {
    NODE_KILLED,
    ENGINE_KILLED,
    NODE_SLEEPS,
    /** What is on its way to the node waits, and nobody is told. */
    LINK_CUT,
    /** Connections to the node are closed; new ones may be made. */
    LINK_RESET
  }

  private final Map<String, RelayedPorts> ways = new HashMap<>();

  @AfterEach
  void closeWays() throws IOException {
    for (RelayedPorts each : ways.values()) {
      each.close();
    }
  }

  private RunningNode serve(LocalSwarm swarm, String name) throws Exception {
    List<String> options = new ArrayList<>(List.of(ROOMY));
    options.addAll(List.of(way(name).options()));
    return swarm.serve(name, options.toArray(String[]::new));
  }

  private RelayedPorts way(String name) {
    return Objects.requireNonNull(ways.get(name), name);
  }

  @Test
  void nothingIsLostRepeatedOrReordered() throws Exception {
    RelayedPorts.assumeUsable();
    for (String name : SERVING) {
      ways.put(name, new RelayedPorts(1 + SERVING.indexOf(name)));
    }
    long seed = Long.getLong("flotilla.seed", System.nanoTime());
    int rounds = Integer.getInteger("flotilla.rounds", 50);
    Random random = new Random(seed);
    List<Blow> blows =
        Stream.of(System.getProperty("flotilla.blows", ALL_BLOWS).split(","))
            .map(Blow::valueOf)
            .toList();
    Map<Blow, List<StoryStream>> struck = new EnumMap<>(Blow.class);
    int moved = 0;
    try (LocalSwarm swarm = new LocalSwarm(folder)) {
      RunningNode gateway = swarm.route("gateway");
      swarm.together(
          List.of(
              () -> serve(swarm, "one"), () -> serve(swarm, "two"), () -> serve(swarm, "three")));
      LocalSwarm.awaitReplicas(gateway, SERVING.size());
      IntFunction<StoryStream> client = client(gateway);
      List<String> undisturbed = new ArrayList<>();
      for (StoryStream story : stories(client)) {
        undisturbed.add(story.text());
      }
      for (int round = 0; round < rounds; round++) {
        Blow blow = blows.get(random.nextInt(blows.size()));
        String victim = SERVING.get(random.nextInt(SERVING.size()));
        String id = swarm.idOf(victim, gateway);
        int begun = random.nextInt(STREAMS * TOKENS * 2 / 3);
        List<StoryStream> streams = stories(client);
        LocalSwarm.await(() -> streams.stream().mapToInt(StoryStream::events).sum() >= begun);
        List<StoryStream> hit =
            streams.stream()
                .filter(stream -> stream.begun() && !stream.done() && stream.node().equals(id))
                .toList();
        strike(swarm, victim, blow);
        for (int i = 0; i < STREAMS; i++) {
          assertThat(streams.get(i).text())
              .as("seed %d, round %d, %s of %s, story %d", seed, round, blow, victim, i)
              .isEqualTo(undisturbed.get(i));
          assertThat(streams.get(i).usage().getInteger("completion_tokens")).isEqualTo(TOKENS);
        }
        moved += hit.size();
        struck.computeIfAbsent(blow, _ -> new ArrayList<>()).addAll(hit);
        mend(swarm, victim, blow);
        LocalSwarm.awaitReplicas(gateway, SERVING.size());
        System.out.printf(
            "round %d: %s of %s, %d of %d streams hit, longest pause %.0f ms; they began at %s%n",
            round,
            blow,
            victim,
            hit.size(),
            STREAMS,
            hit.stream().mapToDouble(StoryStream::longestPauseMillis).max().orElse(0),
            spread(swarm, gateway, streams));
      }
    }
    System.out.printf("seed %d: %d rounds, %d streams moved%n", seed, rounds, moved);
    struck.forEach(FederationSoakTest::print);
    assertThat(moved).isPositive();
  }

  private static void print(Blow blow, List<StoryStream> streams) {
    List<StoryStream> sorted =
        streams.stream()
            .sorted(Comparator.comparingDouble(StoryStream::longestPauseMillis))
            .toList();
    if (!sorted.isEmpty()) {
      StoryStream worst = sorted.getLast();
      System.out.printf(
          "%s: %d streams, pause p50 %.0f ms, p99 %.0f ms; the longest, %.0f ms, to come again to"
              + " %d tokens that took %.0f ms at first%n",
          blow,
          sorted.size(),
          quantile(sorted, 0.5),
          quantile(sorted, 0.99),
          worst.longestPauseMillis(),
          worst.eventsBeforePause(),
          worst.millisBeforePause());
    }
  }

  /** How many streams each node was given at first, by its name. */
  private static Map<String, Long> spread(
      LocalSwarm swarm, RunningNode gateway, List<StoryStream> streams) throws Exception {
    Map<String, Long> counts = new TreeMap<>();
    for (String name : SERVING) {
      String id = swarm.idOf(name, gateway);
      counts.put(name, streams.stream().filter(stream -> stream.node().equals(id)).count());
    }
    return counts;
  }

  private static double quantile(List<StoryStream> sorted, double q) {
    return sorted.get((int) Math.min(sorted.size() - 1.0, q * sorted.size())).longestPauseMillis();
  }

  /** Opens streams by their seeds. */
  private static IntFunction<StoryStream> client(RunningNode gateway) {
    return "openai".equals(System.getProperty("flotilla.client"))
        ? seed -> StoryStream.open(gateway.openAi(), seed, TOKENS)
        : seed -> StoryStream.open(gateway, seed, TOKENS);
  }

  private static List<StoryStream> stories(IntFunction<StoryStream> client) {
    return IntStream.range(0, STREAMS).mapToObj(client).toList();
  }

  private void strike(LocalSwarm swarm, String victim, Blow blow) throws Exception {
    switch (blow) {
      case NODE_KILLED -> swarm.kill(victim);
      case ENGINE_KILLED -> swarm.node(victim).engines().forEach(ProcessHandle::destroyForcibly);
      case NODE_SLEEPS -> signal(swarm.node(victim), "STOP");
      case LINK_CUT -> way(victim).setCut(true);
      case LINK_RESET -> way(victim).reset();
    }
  }

  private void mend(LocalSwarm swarm, String victim, Blow blow) throws Exception {
    switch (blow) {
      case NODE_KILLED -> serve(swarm, victim);
      case ENGINE_KILLED, LINK_RESET -> {}
      case LINK_CUT -> way(victim).setCut(false);
      case NODE_SLEEPS -> {
        TimeUnit.MILLISECONDS.sleep(SLEEP_MILLIS);
        signal(swarm.node(victim), "CONT");
      }
    }
  }

  /** To a node and its engines, as a laptop stops all of them. */
  private static void signal(RunningNode node, String signal) throws Exception {
    List<ProcessHandle> all = new ArrayList<>(node.engines());
    all.add(node.process().toHandle());
    for (ProcessHandle process : all) {
      assertThat(
              new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                  .start()
                  .waitFor())
          .isZero();
    }
  }
}
