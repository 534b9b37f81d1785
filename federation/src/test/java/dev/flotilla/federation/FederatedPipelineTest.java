package dev.flotilla.federation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.FinishReason;
import dev.flotilla.engine.SessionEvent.Finished;
import dev.flotilla.sharding.ServedBy;
import dev.flotilla.sharding.SessionOwner;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One stream over replicas that fail in every way. */
class FederatedPipelineTest {
  private static final int RUNS = 1_000;

  private final Vertx vertx = Vertx.vertx();
  private final FlakyReplicas replicas = new FlakyReplicas();
  private final AtomicInteger resumes = new AtomicInteger();

  @AfterEach
  void close() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  @Test
  void losesRepeatsAndReordersNothing() throws Exception {
    SeededSampling sampling = SeededSampling.begin();
    for (int i = 0; i < 4; i++) {
      // One is always well: a new request is refused once every replica has refused it.
      replicas.add(i, new FlakyPipeline(vertx, sampling.seed() + i, i == 0 ? 0 : 0.6));
    }
    FederatedPipeline federated =
        federated(
            new FederationOptions(
                new PredictedRouting(),
                2,
                20,
                10_000,
                10_000,
                60_000,
                40,
                Stickiness.OFF,
                1 << 17));
    List<PacedReader> readers = new ArrayList<>();
    for (int run = 0; run < RUNS; run++) {
      PacedReader reader =
          reader(federated, 1 + sampling.random().nextInt(40), sampling.random().nextLong());
      readers.add(reader);
      reader.open();
    }
    for (PacedReader reader : readers) {
      Finished finished = reader.result();
      assertThat(reader.tokens())
          .as("seed %d", sampling.seed())
          .containsExactlyElementsOf(
              IntStream.range(0, reader.length())
                  .mapToObj(i -> FlakyPipeline.token(reader.seed(), i))
                  .toList());
      assertThat(reader.text())
          .isEqualTo(String.join("", reader.tokens().stream().map(FlakyPipeline::text).toList()));
      assertThat(reader.admissions()).isEqualTo(1);
      assertThat(finished.reason()).isEqualTo(FinishReason.LENGTH);
      assertThat(finished.usage().completionTokens()).isEqualTo(reader.length());
      assertThat(finished.usage().cachedTokens()).isEqualTo(2);
    }
    System.out.printf("%d sessions, %d resumed%n", RUNS, resumes.get());
    assertThat(resumes.get()).isGreaterThan(RUNS / 4);
    for (FlakyPipeline pipeline : replicas.all()) {
      FlakyReplicas.awaitIdle(pipeline);
      assertThat(pipeline.wrongResumptions()).isZero();
    }
    federated.close();
  }

  @Test
  void movesAtOnceWhenANodeIsLostOrLeaves() throws Exception {
    replicas.add(1, new FlakyPipeline(vertx, 1, 0));
    replicas.add(2, new FlakyPipeline(vertx, 2, 0));
    FederatedPipeline federated = federated(FederationOptions.STANDARD);
    PacedReader reader = reader(federated, 30, 5);
    reader.openPaused(3);
    reader.awaitEvents(3);
    String first = replicas.busy();
    federated.nodeDraining(first);
    FlakyReplicas.awaitIdle(replicas.pipeline(first));
    replicas.awaitBusy();
    federated.nodeLost(replicas.busy());
    reader.resume();
    assertThat(reader.result().usage().completionTokens()).isEqualTo(30);
    assertThat(reader.tokens()).hasSize(30);
    federated.close();
  }

  @Test
  void sessionsThatAreLostTogetherAreOneFailure() throws Exception {
    replicas.add(1, new FlakyPipeline(vertx, 1, 0));
    replicas.add(2, new FlakyPipeline(vertx, 2, 0));
    FederatedPipeline federated =
        federated(FederationOptions.STANDARD.with(RoutingPolicies.random(), Stickiness.OFF));
    List<PacedReader> readers = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      PacedReader reader = reader(federated, 30, i);
      readers.add(reader);
      reader.openPaused(3);
      reader.awaitEvents(3);
    }
    String lost = replicas.busy();
    assertThat(replicas.pipeline(lost).running()).isGreaterThanOrEqualTo(CircuitBreaker.TOLERATED);
    federated.nodeLost(lost);
    FlakyReplicas.awaitIdle(replicas.pipeline(lost));
    for (PacedReader reader : readers) {
      reader.resume();
      assertThat(reader.result().usage().completionTokens()).isEqualTo(30);
    }
    Set<String> served = new HashSet<>();
    for (int run = 0; run < 20; run++) {
      served.add(served(federated, run, "user"));
    }
    assertThat(served).contains(lost);
    federated.close();
  }

  @Test
  void aReplicaThatIsGoneIsDroppedAndAnotherTried() throws Exception {
    FlakyPipeline takenDown = new FlakyPipeline(vertx, 1, 0);
    takenDown.gone = true;
    replicas.add(1, takenDown);
    FederatedPipeline federated = federated(FederationOptions.STANDARD);
    PacedReader refused = reader(federated, 5, 1);
    refused.open();
    assertThat(refused.failure()).isEqualTo(EngineFailure.MODEL_GONE);
    assertThat(replicas.gone()).containsExactly(Announcements.node(1));

    replicas.gone().clear();
    replicas.add(2, new FlakyPipeline(vertx, 2, 0));
    for (int i = 0; i < 8; i++) {
      PacedReader reader = reader(federated, 5, i);
      reader.open();
      assertThat(reader.result().usage().completionTokens()).isEqualTo(5);
      assertThat(federated.tokenize("abc", false, false).toCompletionStage())
          .succeedsWithin(Duration.ofSeconds(10))
          .isEqualTo(new int[] {3});
    }
    federated.close();
  }

  @Test
  void failsByTypeWhereNothingIsLeft() throws Exception {
    FederatedPipeline federated = federated(FederationOptions.STANDARD);
    PacedReader nowhere = reader(federated, 5, 1);
    nowhere.open();
    assertThat(nowhere.failure()).isEqualTo(EngineFailure.ENGINE_LOST);

    FlakyPipeline down = new FlakyPipeline(vertx, 1, 0);
    down.down = true;
    replicas.add(1, down);
    PacedReader refused = reader(federated, 5, 1);
    refused.open();
    assertThat(refused.failure()).isEqualTo(EngineFailure.ENGINE_LOST);

    replicas.add(2, new FlakyPipeline(vertx, 2, 0));
    for (int i = 0; i < 10; i++) {
      assertThat(await(federated.tokenize("four", true, true))).containsExactly(4);
    }
    assertThatThrownBy(() -> await(federated.detokenize(new int[] {1})))
        .hasRootCauseInstanceOf(EngineException.class)
        .hasMessageContaining("simulated");
    federated.close();
  }

  @Test
  void aRequestThatKillsReplicasDoesNotKillThemAll() throws Exception {
    for (int i = 0; i < 10; i++) {
      FlakyPipeline down = new FlakyPipeline(vertx, i, 0);
      down.down = true;
      replicas.add(i, down);
    }
    AtomicInteger losses = new AtomicInteger();
    FederatedPipeline federated =
        new FederatedPipeline(
            vertx,
            new FlakyPipeline(vertx, 0, 0).model(),
            replicas,
            FederationOptions.STANDARD,
            new FederationObserver() {
              @Override
              public void lost(String modelId, String nodeId, EngineException cause) {
                losses.incrementAndGet();
              }
            },
            new Random(1));
    PacedReader poison = reader(federated, 5, 1);
    poison.open();
    assertThat(poison.failure()).isEqualTo(EngineFailure.ENGINE_LOST);
    assertThat(losses.get()).isEqualTo(FederationOptions.STANDARD.attempts());
    federated.close();
  }

  @Test
  void aRequestThatIsTooLongForOneReplicaGoesToALargerOne() throws Exception {
    for (int i = 1; i <= 6; i++) {
      FlakyPipeline small = new FlakyPipeline(vertx, i, 0);
      small.contextTokens = 3 + i % 2;
      replicas.add(i, small);
    }
    FederatedPipeline federated = federated(FederationOptions.STANDARD);
    PacedReader tooLong = reader(federated, 20, 1);
    tooLong.open();
    assertThat(tooLong.failure()).isEqualTo(EngineFailure.CONTEXT_EXCEEDED);

    replicas.add(7, new FlakyPipeline(vertx, 7, 0));
    for (int run = 0; run < 20; run++) {
      PacedReader reader = reader(federated, 20, run);
      reader.open();
      assertThat(reader.result().usage().completionTokens()).isEqualTo(20);
      assertThat(reader.admissions()).isEqualTo(1);
    }
    federated.close();
  }

  @Test
  void sessionsOfOneUserGoToOneReplicaUntilItIsLost() throws Exception {
    for (int i = 1; i <= 4; i++) {
      replicas.add(i, new FlakyPipeline(vertx, i, 0));
    }
    FederatedPipeline federated =
        federated(FederationOptions.STANDARD.with(RoutingPolicies.random(), Stickiness.USER));
    Map<String, String> homes = new LinkedHashMap<>();
    for (int run = 0; run < 60; run++) {
      String user = "user" + run % 12;
      String node = served(federated, run, user);
      assertThat(homes.getOrDefault(user, node)).isEqualTo(node);
      homes.put(user, node);
    }
    assertThat(new HashSet<>(homes.values())).hasSizeGreaterThan(1);
    String lost = Objects.requireNonNull(homes.get("user0"));
    replicas.remove(lost);
    federated.nodeLost(lost);
    for (Map.Entry<String, String> home : homes.entrySet()) {
      String now = served(federated, 1, home.getKey());
      assertThat(now.equals(home.getValue())).isEqualTo(!home.getValue().equals(lost));
    }
    federated.close();
  }

  /** The node that served a session of a user. */
  private String served(FederatedPipeline federated, long seed, String user) throws Exception {
    Promise<String> node = Promise.promise();
    PacedReader reader = reader(federated, 5, seed);
    reader.open(
        new SessionOwner() {
          @Override
          public String name() {
            return "a key";
          }

          @Override
          public Optional<String> user() {
            return Optional.of(user);
          }

          @Override
          public void servedBy(ServedBy serving) {
            node.tryComplete(serving.nodeId());
          }
        });
    reader.result();
    return await(node.future());
  }

  @Test
  void aCancelledReaderLeavesNothingBehind() throws Exception {
    replicas.add(1, new FlakyPipeline(vertx, 1, 0));
    FederatedPipeline federated = federated(FederationOptions.STANDARD);
    PacedReader reader = reader(federated, 30, 5);
    reader.openPaused(3);
    reader.awaitEvents(3);
    reader.cancel();
    FlakyReplicas.awaitIdle(replicas.pipeline(Announcements.node(1)));
    federated.close();
  }

  private PacedReader reader(FederatedPipeline federated, int length, long seed) {
    return new PacedReader(vertx, federated, length, seed);
  }

  private FederatedPipeline federated(FederationOptions options) {
    return new FederatedPipeline(
        vertx,
        new FlakyPipeline(vertx, 0, 0).model(),
        replicas,
        options,
        new FederationObserver() {
          @Override
          public void resumed(String modelId, String nodeId, long pauseNanos) {
            resumes.incrementAndGet();
          }
        },
        new Random(1));
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }
}
