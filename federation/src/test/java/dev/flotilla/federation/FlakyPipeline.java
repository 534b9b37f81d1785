package dev.flotilla.federation;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.FinishReason;
import dev.flotilla.engine.PositionalRandom;
import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.Resumption;
import dev.flotilla.engine.SessionEvent;
import dev.flotilla.engine.SessionEvent.Admitted;
import dev.flotilla.engine.SessionEvent.Finished;
import dev.flotilla.engine.SessionEvent.Generated;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.SessionUsage;
import dev.flotilla.sharding.Embeddings;
import dev.flotilla.sharding.ModelCard;
import dev.flotilla.sharding.Pipeline;
import dev.flotilla.sharding.PipelineStatus;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.helpers.Subscriptions;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A replica whose tokens are a function of (seed, position), and which fails as a random number
 * says: refuses, dies before or in the middle, stalls, or ends without a result. It counts what
 * runs, and throws at more events than were asked for.
 */
public final class FlakyPipeline implements Pipeline {
  static final int PROMPT_TOKENS = 5;

  private final Vertx vertx;
  private final Random random;
  private final double faultShare;
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger wrongResumptions = new AtomicInteger();
  private final AtomicInteger emitted = new AtomicInteger();
  volatile int losses;
  volatile boolean down;
  volatile boolean gone;
  volatile int contextTokens = 4096;

  /** A replica that fails this share of its sessions. */
  public FlakyPipeline(Vertx vertx, long seed, double faultShare) {
    this.vertx = vertx;
    this.random = new Random(seed);
    this.faultShare = faultShare;
  }

  /** The token at a position of an answer. */
  public static int token(long seed, int position) {
    return (int) (PositionalRandom.bits(seed, position) >>> 40);
  }

  /** Its text. */
  public static String text(int token) {
    return " " + token;
  }

  /** Sessions that were opened and not ended. */
  public int running() {
    return running.get();
  }

  /** Sessions that were resumed at what this replica would not have said. */
  public int wrongResumptions() {
    return wrongResumptions.get();
  }

  /** Events that all sessions emitted. */
  public int emitted() {
    return emitted.get();
  }

  private enum Fault {
    NONE,
    REFUSE,
    DIE_BEFORE,
    DIE,
    STALL,
    END_WITHOUT_RESULT
  }

  @Override
  public Multi<SessionEvent> open(SessionRequest request) {
    Flow.Publisher<SessionEvent> publisher =
        subscriber -> subscriber.onSubscribe(new Session(request, subscriber));
    return Multi.createFrom().publisher(publisher);
  }

  private final class Session implements Flow.Subscription {
    private final SessionRequest request;
    private final Flow.Subscriber<? super SessionEvent> subscriber;
    private final Context context = vertx.getOrCreateContext();
    private final Fault fault;
    private final int faultAfter;
    private int position;
    private long demand;
    private boolean admitted;
    private boolean over;
    private boolean scheduled;

    Session(SessionRequest request, Flow.Subscriber<? super SessionEvent> subscriber) {
      this.request = request;
      this.subscriber = subscriber;
      this.position = request.resumption().tokens().length;
      running.incrementAndGet();
      synchronized (random) {
        Fault[] faults = Fault.values();
        fault =
            random.nextDouble() < faultShare
                ? faults[1 + random.nextInt(faults.length - 1)]
                : Fault.NONE;
        faultAfter = position + random.nextInt(6);
      }
    }

    private boolean resumedRightly() {
      Resumption resumption = request.resumption();
      int chars = 0;
      for (int i = 0; i < resumption.tokens().length; i++) {
        if (resumption.tokens()[i] != token(request.sampling().seed(), i)) {
          return false;
        }
        chars += text(resumption.tokens()[i]).length();
      }
      return chars == resumption.shownChars();
    }

    @Override
    public void request(long events) {
      context.runOnContext(_ -> {
        demand = Subscriptions.add(demand, events);
        schedule();
      });
    }

    private void schedule() {
      if (!scheduled && !over && demand > 0) {
        scheduled = true;
        context.runOnContext(_ -> {
          scheduled = false;
          step();
        });
      }
    }

    private void step() {
      if (over || demand == 0) {
        return;
      }
      if (!admitted && !resumedRightly()) {
        wrongResumptions.incrementAndGet();
        fail(EngineFailure.UNSUPPORTED);
      } else if (gone) {
        fail(EngineFailure.MODEL_GONE);
      } else if (down || fault == Fault.DIE_BEFORE) {
        fail(EngineFailure.ENGINE_LOST);
      } else if (fault == Fault.REFUSE) {
        fail(EngineFailure.QUEUE_FULL);
      } else if (!admitted && PROMPT_TOKENS + position >= contextTokens) {
        fail(EngineFailure.CONTEXT_EXCEEDED);
      } else if (!admitted) {
        admitted = true;
        emit(new Admitted(PROMPT_TOKENS, 2));
      } else if (fault != Fault.NONE && position >= faultAfter) {
        misbehave();
      } else if (position >= request.stop().maxTokens()) {
        emit(
            new Finished(
                FinishReason.LENGTH, new SessionUsage(PROMPT_TOKENS, 0, position, 1, 2, 3)));
        end();
        subscriber.onComplete();
      } else {
        generate();
      }
      schedule();
    }

    private void generate() {
      long seed = request.sampling().seed();
      int count = Math.min(1 + position % 3, request.stop().maxTokens() - position);
      int[] tokens = new int[count];
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < count; i++) {
        tokens[i] = token(seed, position++);
        text.append(text(tokens[i]));
      }
      emit(new Generated(text.toString(), tokens, List.of()));
    }

    private void misbehave() {
      switch (fault) {
        case STALL -> demand = 0;
        case END_WITHOUT_RESULT -> {
          end();
          subscriber.onComplete();
        }
        case NONE, REFUSE, DIE_BEFORE, DIE -> fail(EngineFailure.ENGINE_LOST);
      }
    }

    private void emit(SessionEvent event) {
      demand--;
      emitted.incrementAndGet();
      subscriber.onNext(event);
    }

    private void fail(EngineFailure failure) {
      end();
      subscriber.onError(new EngineException(failure, "simulated"));
    }

    private void end() {
      if (!over) {
        over = true;
        running.decrementAndGet();
      }
    }

    @Override
    public void cancel() {
      context.runOnContext(_ -> end());
    }
  }

  @Override
  public ModelCard model() {
    return new ModelCard("stories", 0, "llama", 1, 1, 1, "F16", 1, 1, 1, false);
  }

  @Override
  public PipelineStatus status() {
    return new PipelineStatus(
        PipelineStatus.State.READY,
        Optional.empty(),
        1,
        4,
        running(),
        0,
        64,
        4096,
        losses,
        losses,
        0);
  }

  @Override
  public Future<int[]> tokenize(String text, boolean addSpecial, boolean parseSpecial) {
    return gone
        ? Future.failedFuture(new EngineException(EngineFailure.MODEL_GONE, "gone"))
        : down
            ? Future.failedFuture(new EngineException(EngineFailure.ENGINE_LOST, "down"))
            : Future.succeededFuture(new int[] {text.length()});
  }

  @Override
  public Future<String> detokenize(int[] tokens) {
    return Future.failedFuture(
        new EngineException(EngineFailure.INVALID_REQUEST, "tokens", "simulated"));
  }

  @Override
  public Future<Embeddings> embed(List<Prompt> prompts) {
    return Future.succeededFuture(new Embeddings(List.of(), 0));
  }
}
