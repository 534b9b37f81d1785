package dev.flotilla.federation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.FinishReason;
import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.SamplingOptions;
import dev.flotilla.engine.SessionEvent;
import dev.flotilla.engine.SessionEvent.Admitted;
import dev.flotilla.engine.SessionEvent.Finished;
import dev.flotilla.engine.SessionEvent.Generated;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.StopConditions;
import dev.flotilla.sharding.Pipeline;
import dev.flotilla.sharding.ServedBy;
import dev.flotilla.sharding.SessionOwner;
import io.smallrye.mutiny.subscription.MultiSubscriber;
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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One stream over replicas that fail in every way. */
class FederatedPipelineTest {
  private static final int RUNS = 1_000;

  private final Vertx vertx = Vertx.vertx();
  private final Map<String, FlakyPipeline> pipelines = new LinkedHashMap<>();
  private final Set<String> gone = ConcurrentHashMap.newKeySet();
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
      replica(i, new FlakyPipeline(vertx, sampling.seed() + i, i == 0 ? 0 : 0.6));
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
    List<Reader> readers = new ArrayList<>();
    for (int run = 0; run < RUNS; run++) {
      Reader reader =
          new Reader(federated, 1 + sampling.random().nextInt(40), sampling.random().nextLong());
      readers.add(reader);
      reader.open();
    }
    for (Reader reader : readers) {
      Finished finished = reader.result();
      assertThat(reader.tokens)
          .as("seed %d", sampling.seed())
          .containsExactlyElementsOf(
              IntStream.range(0, reader.length)
                  .mapToObj(i -> FlakyPipeline.token(reader.seed, i))
                  .toList());
      assertThat(reader.text.toString())
          .isEqualTo(String.join("", reader.tokens.stream().map(FlakyPipeline::text).toList()));
      assertThat(reader.admissions).isEqualTo(1);
      assertThat(finished.reason()).isEqualTo(FinishReason.LENGTH);
      assertThat(finished.usage().completionTokens()).isEqualTo(reader.length);
      assertThat(finished.usage().cachedTokens()).isEqualTo(2);
    }
    System.out.printf("%d sessions, %d resumed%n", RUNS, resumes.get());
    assertThat(resumes.get()).isGreaterThan(RUNS / 4);
    for (FlakyPipeline pipeline : pipelines.values()) {
      awaitIdle(pipeline);
      assertThat(pipeline.wrongResumptions()).isZero();
    }
    federated.close();
  }

  @Test
  void movesAtOnceWhenANodeIsLostOrLeaves() throws Exception {
    replica(1, new FlakyPipeline(vertx, 1, 0));
    replica(2, new FlakyPipeline(vertx, 2, 0));
    FederatedPipeline federated = federated(FederationOptions.STANDARD);
    Reader reader = new Reader(federated, 30, 5);
    reader.openPaused(3);
    reader.awaitEvents(3);
    String first = busy();
    federated.nodeDraining(first);
    awaitIdle(pipeline(first));
    awaitBusy();
    federated.nodeLost(busy());
    reader.resume();
    assertThat(reader.result().usage().completionTokens()).isEqualTo(30);
    assertThat(reader.tokens).hasSize(30);
    federated.close();
  }

  @Test
  void sessionsThatAreLostTogetherAreOneFailure() throws Exception {
    replica(1, new FlakyPipeline(vertx, 1, 0));
    replica(2, new FlakyPipeline(vertx, 2, 0));
    FederatedPipeline federated =
        federated(FederationOptions.STANDARD.with(RoutingPolicies.random(), Stickiness.OFF));
    List<Reader> readers = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      Reader reader = new Reader(federated, 30, i);
      readers.add(reader);
      reader.openPaused(3);
      reader.awaitEvents(3);
    }
    String lost = busy();
    assertThat(pipeline(lost).running()).isGreaterThanOrEqualTo(CircuitBreaker.TOLERATED);
    federated.nodeLost(lost);
    awaitIdle(pipeline(lost));
    for (Reader reader : readers) {
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
    replica(1, takenDown);
    FederatedPipeline federated = federated(FederationOptions.STANDARD);
    Reader refused = new Reader(federated, 5, 1);
    refused.open();
    assertThat(failure(refused)).isEqualTo(EngineFailure.MODEL_GONE);
    assertThat(gone).containsExactly(Announcements.node(1));

    gone.clear();
    replica(2, new FlakyPipeline(vertx, 2, 0));
    for (int i = 0; i < 8; i++) {
      Reader reader = new Reader(federated, 5, i);
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
    Reader nowhere = new Reader(federated, 5, 1);
    nowhere.open();
    assertThat(failure(nowhere)).isEqualTo(EngineFailure.ENGINE_LOST);

    FlakyPipeline down = new FlakyPipeline(vertx, 1, 0);
    down.down = true;
    replica(1, down);
    Reader refused = new Reader(federated, 5, 1);
    refused.open();
    assertThat(failure(refused)).isEqualTo(EngineFailure.ENGINE_LOST);

    replica(2, new FlakyPipeline(vertx, 2, 0));
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
      replica(i, down);
    }
    AtomicInteger losses = new AtomicInteger();
    FederatedPipeline federated =
        new FederatedPipeline(
            vertx,
            pipelines.values().iterator().next().model(),
            swarm(),
            FederationOptions.STANDARD,
            new FederationObserver() {
              @Override
              public void lost(String modelId, String nodeId, EngineException cause) {
                losses.incrementAndGet();
              }
            },
            new Random(1));
    Reader poison = new Reader(federated, 5, 1);
    poison.open();
    assertThat(failure(poison)).isEqualTo(EngineFailure.ENGINE_LOST);
    assertThat(losses.get()).isEqualTo(FederationOptions.STANDARD.attempts());
    federated.close();
  }

  @Test
  void aRequestThatIsTooLongForOneReplicaGoesToALargerOne() throws Exception {
    for (int i = 1; i <= 6; i++) {
      FlakyPipeline small = new FlakyPipeline(vertx, i, 0);
      small.contextTokens = 3 + i % 2;
      replica(i, small);
    }
    FederatedPipeline federated = federated(FederationOptions.STANDARD);
    Reader tooLong = new Reader(federated, 20, 1);
    tooLong.open();
    assertThat(failure(tooLong)).isEqualTo(EngineFailure.CONTEXT_EXCEEDED);

    replica(7, new FlakyPipeline(vertx, 7, 0));
    for (int run = 0; run < 20; run++) {
      Reader reader = new Reader(federated, 20, run);
      reader.open();
      assertThat(reader.result().usage().completionTokens()).isEqualTo(20);
      assertThat(reader.admissions).isEqualTo(1);
    }
    federated.close();
  }

  @Test
  void sessionsOfOneUserGoToOneReplicaUntilItIsLost() throws Exception {
    for (int i = 1; i <= 4; i++) {
      replica(i, new FlakyPipeline(vertx, i, 0));
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
    pipelines.remove(lost);
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
    Reader reader = new Reader(federated, 5, seed);
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
    replica(1, new FlakyPipeline(vertx, 1, 0));
    FederatedPipeline federated = federated(FederationOptions.STANDARD);
    Reader reader = new Reader(federated, 30, 5);
    reader.openPaused(3);
    reader.awaitEvents(3);
    reader.cancel();
    awaitIdle(pipeline(Announcements.node(1)));
    federated.close();
  }

  private FlakyPipeline pipeline(String node) {
    return Objects.requireNonNull(pipelines.get(node));
  }

  private void replica(int number, FlakyPipeline pipeline) {
    pipelines.put(Announcements.node(number), pipeline);
  }

  private FederatedPipeline federated(FederationOptions options) {
    return new FederatedPipeline(
        vertx,
        new FlakyPipeline(vertx, 0, 0).model(),
        swarm(),
        options,
        new FederationObserver() {
          @Override
          public void resumed(String modelId, String nodeId, long pauseNanos) {
            resumes.incrementAndGet();
          }
        },
        new Random(1));
  }

  private Replicas swarm() {
    return new Replicas() {
      @Override
      public ReplicaDirectory directory() {
        ReplicaDirectory directory = ReplicaDirectory.EMPTY;
        for (String node : pipelines.keySet()) {
          if (!gone.contains(node)) {
            directory = directory.with(announcement(node), System.nanoTime());
          }
        }
        return directory;
      }

      @Override
      public Future<Void> gone(ReplicaAnnouncement replica) {
        gone.add(replica.nodeId());
        return Future.succeededFuture();
      }

      @Override
      public Optional<Link> link(String nodeId, String modelId) {
        return Optional.of(
            new Link() {
              @Override
              public Pipeline pipeline() {
                return FederatedPipelineTest.this.pipeline(nodeId);
              }

              @Override
              public Future<ReplicaAnnouncement> probe() {
                return Future.succeededFuture(announcement(nodeId));
              }

              @Override
              public double roundTripSeconds() {
                return 0.001;
              }
            });
      }
    };
  }

  private ReplicaAnnouncement announcement(String node) {
    FlakyPipeline pipeline = pipeline(node);
    return Announcements.of(
        Integer.parseInt(node, 16), 1, 1, RUNS, pipeline.running(), pipeline.contextTokens);
  }

  private String busy() {
    return pipelines.entrySet().stream()
        .filter(each -> each.getValue().running() > 0)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow();
  }

  private void awaitBusy() throws InterruptedException {
    await(() -> pipelines.values().stream().anyMatch(each -> each.running() > 0));
  }

  private static void awaitIdle(FlakyPipeline pipeline) throws InterruptedException {
    await(() -> pipeline.running() == 0);
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("deadline").isLessThan(deadline);
      Thread.sleep(1);
    }
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private static EngineFailure failure(Reader reader) throws Exception {
    try {
      reader.result();
      throw new AssertionError("did not fail");
    } catch (ExecutionException e) {
      return ((EngineException) Objects.requireNonNull(e.getCause())).failure();
    }
  }

  /** A client that asks for a few events at a time, and for no more than it asked gets none. */
  private final class Reader implements MultiSubscriber<SessionEvent> {
    private final FederatedPipeline federated;
    private final int length;
    private final long seed;
    private final Random random;
    private final List<Integer> tokens = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private final Promise<Finished> result = Promise.promise();
    private final AtomicInteger events = new AtomicInteger();
    private volatile Flow.@Nullable Subscription subscription;
    private int admissions;
    private long allowed;
    private boolean paused;

    Reader(FederatedPipeline federated, int length, long seed) {
      this.federated = federated;
      this.length = length;
      this.seed = seed;
      this.random = new Random(seed);
    }

    void open() {
      vertx.runOnContext(_ -> federated.open(request()).subscribe().withSubscriber(this));
    }

    void open(SessionOwner owner) {
      vertx.runOnContext(_ -> federated.open(request(), owner).subscribe().withSubscriber(this));
    }

    void openPaused(int after) {
      paused = true;
      allowed = after;
      open();
    }

    void resume() {
      paused = false;
      ask();
    }

    void cancel() {
      Objects.requireNonNull(subscription).cancel();
    }

    void awaitEvents(int count) throws InterruptedException {
      await(() -> events.get() >= count);
    }

    Finished result() throws Exception {
      return result.future().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private SessionRequest request() {
      SamplingOptions greedy = SamplingOptions.GREEDY;
      SamplingOptions sampling =
          new SamplingOptions(
              1,
              0,
              1,
              0,
              1,
              1,
              0,
              0,
              0,
              Map.of(),
              seed,
              Optional.empty(),
              Optional.empty(),
              false,
              greedy.logprobs());
      return new SessionRequest(
          new Prompt.Text("a prompt", true, false),
          sampling,
          new StopConditions(length, List.of()),
          true,
          true);
    }

    private void ask() {
      int more = 1 + random.nextInt(4);
      allowed += more;
      Objects.requireNonNull(subscription).request(more);
    }

    @Override
    public void onSubscribe(Flow.Subscription granted) {
      subscription = granted;
      if (paused) {
        granted.request(allowed);
      } else {
        ask();
      }
    }

    @Override
    public void onItem(SessionEvent event) {
      events.incrementAndGet();
      if (--allowed < 0) {
        result.tryFail(new AssertionError("more events than were asked for"));
      }
      switch (event) {
        case Admitted _ -> admissions++;
        case Generated generated -> {
          for (int token : generated.tokens()) {
            tokens.add(token);
          }
          text.append(generated.text());
        }
        case Finished finished -> result.tryComplete(finished);
      }
      if (allowed == 0 && !paused) {
        ask();
      }
    }

    @Override
    public void onFailure(Throwable failure) {
      result.tryFail(failure);
    }

    @Override
    public void onCompletion() {
      result.tryFail(new AssertionError("completed without a result"));
    }
  }
}
