package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.node.AnswerStream.Answer;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A model over several machines of a swarm answers like one, whatever happens to them. */
class ShardedSwarmTest {
  private static final int TOKENS = 400;

  /** Where each takes a tenth of a second. */
  private static final int FEW_TOKENS = 150;

  @TempDir private Path folder;

  @Test
  @Timeout(240)
  void aModelOverThreeMachinesAnswersLikeOneAndOutlivesAWorker() throws Exception {
    try (ShardedSwarm swarm = new ShardedSwarm(folder, 3)) {
      String expected = AnswerStream.open(swarm.alone(), 0, TOKENS).await().text();
      assertThat(AnswerStream.open(swarm.head(), 0, TOKENS).await().text()).isEqualTo(expected);
      assertSpeedsFollowTheStages(swarm);

      AnswerStream stream = AnswerStream.open(swarm.head(), 0, TOKENS);
      stream.awaitEvents(40);
      swarm.kill(swarm.busy().getFirst());
      assertThat(stream.await().text()).isEqualTo(expected);

      // Engines tell it every two seconds.
      LocalSwarm.await(() -> swarm.pipeline().getInteger("recoveries", 0) >= 1);
      assertThat(swarm.pipeline().getDouble("step_ms")).isPositive();
      assertThat(swarm.stages())
          .hasSize(3)
          .allSatisfy(stage -> {
            JsonObject generation = stage.getJsonObject("generation");
            assertThat(generation.getDouble("compute_ms")).isPositive();
            assertThat(generation.getDouble("tokens_per_second")).isPositive();
            assertThat(stage.getDouble("round_trip_ms")).isPositive();
          });
      assertThat(swarm.head().get("/metrics").body())
          .containsPattern("flotilla_pipeline_recoveries_total\\{model=\"m\"} [1-9]");
    }
  }

  /** What was tried before anything was planned gives way to what a stage takes there. */
  private static void assertSpeedsFollowTheStages(ShardedSwarm swarm) throws Exception {
    String worker = swarm.stages("node").getLast();
    double before = swarm.decodeSeconds(worker);
    AnswerStream.open(swarm.head(), 0, TOKENS).await();
    LocalSwarm.await(() -> swarm.decodeSeconds(worker) != before);
  }

  @Test
  @Timeout(240)
  void aStageIsMovedBeforeItsWorkerLeaves() throws Exception {
    try (ShardedSwarm swarm = new ShardedSwarm(folder, 3)) {
      String expected = AnswerStream.open(swarm.alone(), 0, TOKENS).await().text();
      List<String> before = swarm.busy();
      AnswerStream stream = AnswerStream.open(swarm.head(), 0, TOKENS);
      stream.awaitEvents(40);
      swarm.stop(before.getFirst());

      // Had it not been moved before, its next place would only be sought now.
      assertThat(swarm.stages("state")).containsExactly("ready", "listening", "listening");
      assertThat(swarm.busy()).isNotEmpty().doesNotContain(before.getFirst());
      assertThat(stream.await().text()).isEqualTo(expected);
    }
  }

  @Test
  @Timeout(240)
  void aWorkerThatIsThrownOutLosesItsStage() throws Exception {
    try (ShardedSwarm swarm = new ShardedSwarm(folder, 3)) {
      String expected = AnswerStream.open(swarm.alone(), 0, TOKENS).await().text();
      String worker = swarm.busy().stream().filter(name -> !name.equals("w0")).findFirst().get();
      String id = swarm.id(worker);
      assertThat(swarm.stages("node")).contains(id);
      AnswerStream stream = AnswerStream.open(swarm.head(), 0, TOKENS);
      stream.awaitEvents(40);
      swarm.expel(worker);

      // Nobody orders anything: the stage moves because its link is closed.
      LocalSwarm.await(() -> !swarm.stages("node").contains(id));
      assertThat(stream.await().text()).isEqualTo(expected);
      assertThat(AnswerStream.open(swarm.head(), 0, TOKENS).await().text()).isEqualTo(expected);
    }
  }

  @Test
  @Tag("soak")
  @Timeout(600)
  void aStageMovesToABetterWorkerThatComesLater() throws Exception {
    RelayedPorts.assumeUsable();
    try (ShardedSwarm swarm = new ShardedSwarm(folder, 2, true)) {
      String expected = AnswerStream.open(swarm.alone(), 0, TOKENS).await().text();
      swarm.way("w1").setDelayMillis(20);
      swarm.startWorker("w2");

      String far = swarm.id("w1");
      assertThat(swarm.stages("node")).contains(far);
      long deadlineNanos = System.nanoTime() + 300_000_000_000L;
      // One answer after another: some stage moves in the middle of one.
      while (swarm.stages("node").contains(far)) {
        assertThat(System.nanoTime()).isLessThan(deadlineNanos);
        assertThat(AnswerStream.open(swarm.head(), 0, TOKENS).await().text()).isEqualTo(expected);
      }
      assertThat(swarm.stages("node")).contains(swarm.id("w0"), swarm.id("w2"));
      assertThat(AnswerStream.open(swarm.head(), 0, TOKENS).await().text()).isEqualTo(expected);
    }
  }

  @Test
  @Tag("soak")
  @Timeout(600)
  void aModelIsCutAnewWhereOneMoveWouldNotDo() throws Exception {
    RelayedPorts.assumeUsable();
    try (ShardedSwarm swarm = new ShardedSwarm(folder, 4, true)) {
      String expected = AnswerStream.open(swarm.alone(), 0, FEW_TOKENS).await().text();
      // Most of the time goes where no worker changes it: one of two better workers won't do.
      swarm.way(ShardedSwarm.HEAD).setDelayMillis(100);
      long deadlineNanos = System.nanoTime() + 400_000_000_000L;
      JsonObject before = swarm.pipeline();
      // One answer after another: the pipeline is replaced in the middle of one.
      for (JsonObject now = before; now.getInteger("recuts") == 0; now = swarm.pipeline()) {
        before = now;
        placeFar(swarm, nodes(before));
        assertThat(System.nanoTime()).isLessThan(deadlineNanos);
        assertThat(AnswerStream.open(swarm.head(), 0, FEW_TOKENS).await().text())
            .isEqualTo(expected);
      }
      List<String> after = swarm.stages("node");
      assertThat(after).hasSize(3).startsWith(nodes(before).getFirst());
      assertThat(after).isNotEqualTo(nodes(before));
      assertThat(AnswerStream.open(swarm.head(), 0, FEW_TOKENS).await().text()).isEqualTo(expected);
      // What the old pipeline had is given back.
      LocalSwarm.await(() -> swarm.busy().size() == 2);
      assertThat(swarm.head().get("/metrics").body())
          .contains("flotilla_pipeline_recuts_total{model=\"m\"} 1.0\n");
    }
  }

  private static List<String> nodes(JsonObject pipeline) {
    return pipeline.getJsonArray("stages").stream()
        .map(stage -> ((JsonObject) stage).getString("node"))
        .toList();
  }

  /** Makes the ways to the workers long that have stages, and those to the others short. */
  private static void placeFar(ShardedSwarm swarm, List<String> nodes) throws Exception {
    for (String worker : List.of("w0", "w1", "w2", "w3")) {
      swarm.way(worker).setDelayMillis(nodes.contains(swarm.id(worker)) ? 20 : 0);
    }
  }

  /** How a worker is lost. */
  private enum Fault {
    /** Node and engine are killed. */
    MACHINE_KILLED,
    /** Node and engine stand still, and go on later. */
    MACHINE_STOPPED,
    /** The engine is killed; its node lives. */
    ENGINE_KILLED,
    /** The engine stands still; its node lives. */
    ENGINE_STOPPED,
    /** Nothing comes through to the machine, and nobody is told. */
    LINK_CUT
  }

  /** Rounds and seed: {@code flotilla.test.rounds}, {@code flotilla.test.seed}. */
  @Test
  @Tag("soak")
  @Timeout(3600)
  void eightStreamsOutliveWhateverHappensToWorkers() throws Exception {
    long seed = Long.getLong("flotilla.test.seed", System.nanoTime());
    Random random = new Random(seed);
    List<Long> pauses = new ArrayList<>();
    RelayedPorts.assumeUsable();
    try (ShardedSwarm swarm = new ShardedSwarm(folder, 3, true)) {
      List<String> expected = texts(open(swarm.alone()));
      for (int round = 0; round < Integer.getInteger("flotilla.test.rounds", 50); round++) {
        List<AnswerStream> streams = open(swarm.head());
        streams.getFirst().awaitEvents(20 + random.nextInt(100));
        List<String> busy = swarm.busy();
        String worker = busy.get(random.nextInt(busy.size()));
        Fault fault = Fault.values()[random.nextInt(Fault.values().length)];
        Runnable mend = inflict(fault, worker, swarm);
        List<Answer> answers = new ArrayList<>();
        for (AnswerStream stream : streams) {
          answers.add(stream.await());
        }
        assertThat(answers.stream().map(Answer::text).toList())
            .as("round %d of seed %d: %s at %s", round, seed, fault, worker)
            .isEqualTo(expected);
        long pause = answers.stream().mapToLong(Answer::longestPauseMillis).max().orElseThrow();
        pauses.add(pause);
        System.err.printf("round %d: %s at %s, pause %d ms%n", round, fault, worker, pause);
        mend.run();
      }
    }
    pauses.sort(null);
    System.err.printf(
        "%d rounds of seed %d: pause p50 %d ms, p99 %d ms, max %d ms%n",
        pauses.size(),
        seed,
        pauses.get(pauses.size() / 2),
        pauses.get(pauses.size() * 99 / 100),
        pauses.getLast());
  }

  private static Runnable inflict(Fault fault, String worker, ShardedSwarm swarm) throws Exception {
    RunningNode node = swarm.worker(worker);
    List<ProcessHandle> engines = node.engines();
    return switch (fault) {
      case MACHINE_KILLED -> {
        swarm.kill(worker);
        yield () -> restart(swarm, worker);
      }
      case MACHINE_STOPPED -> {
        signal("STOP", node.process().pid());
        for (ProcessHandle engine : engines) {
          signal("STOP", engine.pid());
        }
        yield () -> {
          kill(swarm, worker);
          restart(swarm, worker);
        };
      }
      case ENGINE_KILLED -> {
        swarm.stage(worker).destroyForcibly();
        yield () -> {};
      }
      case ENGINE_STOPPED -> {
        ProcessHandle stage = swarm.stage(worker);
        signal("STOP", stage.pid());
        yield stage::destroyForcibly;
      }
      case LINK_CUT -> {
        swarm.way(worker).setCut(true);
        yield () -> swarm.way(worker).setCut(false);
      }
    };
  }

  private static void kill(ShardedSwarm swarm, String worker) {
    try {
      swarm.kill(worker);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void restart(ShardedSwarm swarm, String worker) {
    try {
      swarm.startWorker(worker);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static void signal(String signal, long pid) throws Exception {
    Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).start();
    assertThat(kill.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(kill.exitValue()).isZero();
  }

  private static List<AnswerStream> open(RunningNode node) {
    List<AnswerStream> streams = new ArrayList<>();
    for (int session = 0; session < 8; session++) {
      streams.add(AnswerStream.open(node, session, TOKENS));
    }
    return streams;
  }

  private static List<String> texts(List<AnswerStream> streams) throws Exception {
    List<String> texts = new ArrayList<>();
    for (AnswerStream stream : streams) {
      texts.add(stream.await().text());
    }
    return texts;
  }
}
