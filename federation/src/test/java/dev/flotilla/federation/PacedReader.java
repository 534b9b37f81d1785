package dev.flotilla.federation;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.SamplingOptions;
import dev.flotilla.engine.SessionEvent;
import dev.flotilla.engine.SessionEvent.Admitted;
import dev.flotilla.engine.SessionEvent.Finished;
import dev.flotilla.engine.SessionEvent.Generated;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.StopConditions;
import dev.flotilla.sharding.SessionOwner;
import io.smallrye.mutiny.subscription.MultiSubscriber;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A client that asks for a few events at a time, and for no more than it asked gets none. */
final class PacedReader implements MultiSubscriber<SessionEvent> {
  private final Vertx vertx;
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

  /**
   * A client of an answer.
   *
   * @param length tokens that it asks for
   * @param seed which tokens these are, and how many it takes at once
   */
  PacedReader(Vertx vertx, FederatedPipeline federated, int length, long seed) {
    this.vertx = vertx;
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
    FlakyReplicas.await(() -> events.get() >= count);
  }

  /** What it asked for. */
  int length() {
    return length;
  }

  long seed() {
    return seed;
  }

  /** What has come. */
  List<Integer> tokens() {
    return tokens;
  }

  String text() {
    return text.toString();
  }

  int admissions() {
    return admissions;
  }

  /** How it ended. Blocks until then. */
  Finished result() throws Exception {
    return result.future().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  /** Why it failed. Blocks until then. */
  EngineFailure failure() throws Exception {
    try {
      result();
      throw new AssertionError("did not fail");
    } catch (ExecutionException e) {
      return ((EngineException) Objects.requireNonNull(e.getCause())).failure();
    }
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
