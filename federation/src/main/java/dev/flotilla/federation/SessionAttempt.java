package dev.flotilla.federation;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.SessionEvent;
import dev.flotilla.engine.SessionEvent.Admitted;
import dev.flotilla.engine.SessionEvent.Finished;
import dev.flotilla.engine.SessionEvent.Generated;
import io.smallrye.mutiny.subscription.MultiSubscriber;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * A session on one of the pipelines that serve it, one after another. Events come on any thread;
 * its session hears of them on its own context, and of none after {@link #close}.
 *
 * @param <P> what its session needs to know of the pipeline
 */
final class SessionAttempt<P> implements MultiSubscriber<SessionEvent> {
  /** A replica that reads prompts more slowly than this counts as stalled. */
  private static final long MILLIS_PER_TOKEN_READ = 200;

  /** Whose attempt it is. */
  interface Session<P> {
    /** Events that the reader has asked for, this attempt's admission included. */
    long demand();

    void admitted(SessionAttempt<P> attempt, Admitted event);

    /** A piece of the answer; {@code first} of this attempt. */
    void generated(SessionAttempt<P> attempt, Generated event, boolean first);

    /** The last event; {@code first} if nothing came before it. */
    void finished(SessionAttempt<P> attempt, Finished event, boolean first);

    /** It will not be finished here. */
    void lost(SessionAttempt<P> attempt, EngineException cause);
  }

  private final P place;
  private final Session<P> session;
  private final Executor context;
  private Flow.@Nullable Subscription subscription;
  private boolean closed;
  private boolean admitted;
  private boolean progressed;
  private int toRead;

  /**
   * One that is not sent yet.
   *
   * @param context runs what it is given on the session's context, at once where that is the
   *     caller's
   */
  SessionAttempt(P place, Session<P> session, Executor context) {
    this.place = place;
    this.session = session;
    this.context = context;
  }

  P place() {
    return place;
  }

  /** Whether the replica has begun with it. */
  boolean admitted() {
    return admitted;
  }

  /** Tokens that the replica has to read first. */
  void reads(int tokens) {
    toRead = tokens;
  }

  /** How long that may take at most, from now on. */
  long readingMillis() {
    return progressed ? 0 : toRead * MILLIS_PER_TOKEN_READ;
  }

  void request(long events) {
    if (subscription != null) {
      subscription.request(events);
    }
  }

  void close() {
    closed = true;
    if (subscription != null) {
      subscription.cancel();
    }
  }

  @Override
  public void onSubscribe(Flow.Subscription granted) {
    context.execute(() -> {
      subscription = granted;
      if (closed) {
        granted.cancel();
      } else {
        granted.request(session.demand());
      }
    });
  }

  @Override
  public void onItem(SessionEvent event) {
    context.execute(() -> {
      if (!closed) {
        on(event);
      }
    });
  }

  private void on(SessionEvent event) {
    boolean first = !progressed;
    switch (event) {
      case Admitted begun -> {
        admitted = true;
        session.admitted(this, begun);
      }
      case Generated generated -> {
        progressed = true;
        session.generated(this, generated, first);
      }
      case Finished finished -> {
        progressed = true;
        closed = true;
        session.finished(this, finished, first);
      }
    }
  }

  @Override
  public void onFailure(Throwable cause) {
    lost(failure(cause));
  }

  /** A failure as one of the engines' family. */
  static EngineException failure(Throwable cause) {
    return cause instanceof EngineException failure
        ? failure
        : new EngineException(EngineFailure.ENGINE_LOST, "link lost: " + cause);
  }

  @Override
  public void onCompletion() {
    context.execute(() -> {
      if (!closed) {
        lost(new EngineException(EngineFailure.ENGINE_LOST, "the session ended without a result"));
      }
    });
  }

  /** The session is taken away, or taken for lost. */
  void lost(EngineException cause) {
    context.execute(() -> {
      if (!closed) {
        session.lost(this, cause);
      }
    });
  }
}
