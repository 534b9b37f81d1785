package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.SamplingOptions;
import dev.flotilla.engine.SessionEvent;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.StopConditions;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.node.placement.Change.Recut;
import dev.flotilla.node.placement.Elasticity;
import dev.flotilla.node.placement.Seat;
import dev.flotilla.sharding.Embeddings;
import dev.flotilla.sharding.ModelCard;
import dev.flotilla.sharding.Pipeline;
import dev.flotilla.sharding.PipelineStatus;
import dev.flotilla.tokens.NodeId;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RecuttingTest {
  private static final Recut RECUT =
      new Recut(
          List.of(
              new Seat(new LayerRange(0, 2), 1, new NodeId("f".repeat(64))),
              new Seat(new LayerRange(2, 5), 1, new NodeId("1".repeat(64)))),
          1.5);

  private final Vertx vertx = Vertx.vertx();
  private final List<Stub> built = new ArrayList<>();
  private final Recutting<Stub> recutting = new Recutting<>(vertx, this::build);

  private Stub build() {
    built.add(new Stub());
    return built.getLast();
  }

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private static String failure(Future<?> future) throws Exception {
    try {
      throw new AssertionError("it did not fail: " + await(future));
    } catch (ExecutionException e) {
      return String.valueOf(Objects.requireNonNull(e.getCause()).getMessage());
    }
  }

  private AssertSubscriber<SessionEvent> open() {
    SessionRequest request =
        new SessionRequest(
            new Prompt.Text("Once", true, false),
            SamplingOptions.GREEDY,
            new StopConditions(10, List.of()),
            true,
            false);
    AssertSubscriber<SessionEvent> reader = AssertSubscriber.create(10);
    recutting.served().open(request).subscribe().withSubscriber(reader);
    return reader;
  }

  @Test
  void theNextOneServesOnceItIsBuilt() throws Exception {
    Stub before = built.getFirst();
    assertThat(before.elasticity).isPresent();
    AssertSubscriber<SessionEvent> reader = open();
    await(before.sessions.first());

    Future<Void> recut = recutting.recut(RECUT);
    Stub next = built.get(1);
    assertThat(next.stages).isEqualTo(RECUT.stages());
    assertThat(next.elasticity).isEmpty();
    assertThat(recutting.current()).isSameAs(before);
    next.loaded.complete();
    await(recut);

    assertThat(recutting.current()).isSameAs(next);
    assertThat(recutting.recuts()).isEqualTo(1);
    assertThat(before.elasticity).isEmpty();
    assertThat(next.elasticity).isPresent();
    await(next.sessions.first());
    await(before.down.future());
    assertThat(before.openSessions).hasValue(0);
    assertThat(next.openSessions).hasValue(1);
    reader.cancel();
    assertServes(next);
  }

  @Test
  void aWorkerThatVanishesWhileItIsBuiltLeavesTheOldOne() throws Exception {
    AssertSubscriber<SessionEvent> reader = open();
    await(built.getFirst().sessions.first());
    Future<Void> recut = recutting.recut(RECUT);
    built.get(1).loaded.fail("no answer");

    assertThat(failure(recut)).isEqualTo("no answer");
    assertOldOneServes();
    assertThat(built.getFirst().openSessions).hasValue(1);
    reader.assertNotTerminated();
    reader.cancel();
  }

  @Test
  void aStageThatIsLostWhileTheOthersLoadEndsIt() throws Exception {
    Future<Void> recut = recutting.recut(RECUT);
    built.get(1).lost = true;

    assertThat(failure(recut)).contains("was lost");
    // What comes too late is of no use.
    built.get(1).loaded.complete();
    assertOldOneServes();
  }

  @Test
  void aLossInTheOldOneComesFirst() throws Exception {
    Future<Void> recut = recutting.recut(RECUT);
    built.getFirst().settled = false;

    assertThat(failure(recut)).contains("lost or moves");
    assertOldOneServes();
  }

  @Test
  void whatIsNoFasterAnyMoreIsNotTaken() throws Exception {
    for (double speedup : new double[] {1.0, 0.5, Double.NaN}) {
      built.getFirst().speedup = speedup;
      Future<Void> recut = recutting.recut(RECUT);
      built.getLast().loaded.complete();
      assertThat(failure(recut)).contains("not come faster");
      await(built.getLast().down.future());
    }
    assertThat(recutting.recuts()).isZero();
    assertServes(built.getFirst());
  }

  @Test
  void aNodeThatEndsEndsWhatItBuilds() throws Exception {
    Future<Void> recut = recutting.recut(RECUT);
    await(recutting.close());

    assertThat(built.get(1).down.future().isComplete()).isTrue();
    assertThat(failure(recut)).contains("shutting down");
    assertThat(failure(recutting.recut(RECUT))).contains("shutting down");
    assertThat(built).hasSize(2);
  }

  @Test
  void oneFollowsTheOther() throws Exception {
    for (int round = 1; round <= 3; round++) {
      Future<Void> recut = recutting.recut(RECUT);
      built.getLast().loaded.complete();
      await(recut);
      assertThat(recutting.recuts()).isEqualTo(round);
      assertServes(built.getLast());
      await(built.get(round - 1).down.future());
    }
  }

  /** And what was built beside it is given back. */
  private void assertOldOneServes() throws Exception {
    await(built.get(1).down.future());
    assertThat(recutting.current()).isSameAs(built.getFirst());
    assertThat(recutting.recuts()).isZero();
    assertThat(built.getFirst().elasticity).isPresent();
    assertThat(built.getFirst().down.future().isComplete()).isFalse();
    assertThat(built.get(1).openSessions).hasValue(0);
    assertServes(built.getFirst());
  }

  private void assertServes(Stub expected) throws Exception {
    assertThat(await(recutting.served().tokenize("", true, true)))
        .containsExactly(built.indexOf(expected));
  }

  /** Tells once that something has happened. */
  private static final class Once {
    private final Promise<Void> happened = Promise.promise();

    void happen() {
      happened.tryComplete();
    }

    Future<Void> first() {
      return happened.future();
    }
  }

  /** Its sessions are opened, and nothing more; its only token is its number. */
  private final class Stub implements Recutting.Cut<Stub>, Pipeline {
    final Promise<Void> loaded = Promise.promise();
    final Promise<Void> down = Promise.promise();
    final Once sessions = new Once();
    final AtomicInteger openSessions = new AtomicInteger();
    volatile List<Seat> stages = List.of();
    volatile Optional<Elasticity> elasticity = Optional.empty();
    volatile boolean settled = true;
    volatile boolean lost;
    volatile double speedup = 2;

    @Override
    public Pipeline pipeline() {
      return this;
    }

    @Override
    public Future<Void> build(List<Seat> there) {
      stages = there;
      return loaded.future();
    }

    @Override
    public boolean isSettled() {
      return settled;
    }

    @Override
    public boolean hasLost() {
      return lost;
    }

    @Override
    public double speedup(Stub other) {
      return speedup;
    }

    @Override
    public void improve(Elasticity how) {
      elasticity = Optional.of(how);
    }

    @Override
    public void settle() {
      elasticity = Optional.empty();
    }

    @Override
    public Future<Void> takeDown() {
      down.tryComplete();
      return down.future();
    }

    @Override
    public ModelCard model() {
      return new ModelCard("m", 0, "llama", 2, 1000, 4000, "F32", 2048, 0x110000, 4, false);
    }

    @Override
    public PipelineStatus status() {
      return new PipelineStatus(
          PipelineStatus.State.READY, Optional.empty(), 1, 4, 0, 0, 8, 2048, 0, 0, 0);
    }

    @Override
    public Multi<SessionEvent> open(SessionRequest request) {
      return Multi.createFrom()
          .<SessionEvent>nothing()
          .onSubscription()
          .invoke(() -> {
            openSessions.incrementAndGet();
            sessions.happen();
          })
          .onCancellation()
          .invoke(openSessions::decrementAndGet);
    }

    @Override
    public Future<int[]> tokenize(String text, boolean addSpecial, boolean parseSpecial) {
      return Future.succeededFuture(new int[] {built.indexOf(this)});
    }

    @Override
    public Future<String> detokenize(int[] tokens) {
      return Future.failedFuture("not of this pipeline");
    }

    @Override
    public Future<Embeddings> embed(List<Prompt> prompts) {
      return Future.failedFuture("not of this pipeline");
    }
  }
}
