package dev.flotilla.node.api;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.SessionEvent;
import dev.flotilla.engine.SessionEvent.Admitted;
import dev.flotilla.engine.SessionEvent.Finished;
import dev.flotilla.engine.SessionEvent.Generated;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.sharding.ServedBy;
import dev.flotilla.sharding.SessionOwner;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.MultiSubscriber;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Flow;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of one HTTP request, run side by side. The first that fails closes the others.
 * Everything happens on the event loop of the request.
 */
final class Sessions implements LiveAnswers.Live {

  /** Events that sessions may be ahead of what was written, all sessions of a request together. */
  static final int WINDOW = 256;

  /**
   * What becomes of the sessions; after {@link #failed}, or the last {@link #finished}, nothing.
   */
  interface Listener {
    /** A node serves a session, before its first event or after another was lost. */
    default void servedBy(int index, ServedBy node) {}

    void admitted(int index, Admitted event);

    void generated(int index, Generated event);

    /** {@code last} is true for the session that finished after all others. */
    void finished(int index, Finished event, boolean last);

    void failed(Throwable cause);

    /** Whether more events are welcome; where not, {@code resume} runs once they are again. */
    boolean ready(Runnable resume);
  }

  private final SessionHints owner;
  private final Listener listener;
  private final GenerationMeter meter;
  private final List<Session> sessions;
  private int unfinished;
  private boolean over;

  /**
   * Sessions that are not opened yet.
   *
   * @param opener opens each
   * @param owner whose they are
   */
  Sessions(
      List<SessionRequest> requests,
      BiFunction<SessionRequest, SessionOwner, Multi<SessionEvent>> opener,
      SessionHints owner,
      Listener listener,
      GenerationMeter meter) {
    this.owner = owner;
    this.listener = listener;
    this.meter = meter;
    this.unfinished = requests.size();
    this.sessions = new ArrayList<>(requests.size());
    int window = Math.max(2, WINDOW / requests.size());
    for (int i = 0; i < requests.size(); i++) {
      sessions.add(new Session(i, requests.get(i), opener, window));
    }
  }

  /** Opens all of them. */
  void open() {
    // A refusal may arrive while the first ones are being opened.
    for (int i = 0; i < sessions.size() && !over; i++) {
      sessions.get(i).open();
    }
  }

  /** Closes what still runs; the listener hears no more. */
  void cancel() {
    over = true;
    sessions.forEach(Session::cancel);
  }

  /** Closes what still runs and tells the listener why. */
  @Override
  public void fail(Throwable cause) {
    if (!over) {
      cancel();
      listener.failed(cause);
    }
  }

  private void on(int index, SessionEvent event) {
    switch (event) {
      case Admitted admitted -> {
        meter.admitted(admitted);
        listener.admitted(index, admitted);
      }
      case Generated generated -> {
        meter.generated(index, generated);
        listener.generated(index, generated);
      }
      case Finished finished -> {
        boolean last = --unfinished == 0;
        over = last;
        listener.finished(index, finished, last);
      }
    }
  }

  private void resume() {
    sessions.forEach(Session::grant);
  }

  /** One session's subscription and its window of demand. */
  private final class Session implements MultiSubscriber<SessionEvent>, SessionOwner {
    private final int index;
    private final SessionRequest request;
    private final BiFunction<SessionRequest, SessionOwner, Multi<SessionEvent>> opener;
    private final int window;
    private Flow.@Nullable Subscription subscription;
    private int owed;
    private boolean finished;

    Session(
        int index,
        SessionRequest request,
        BiFunction<SessionRequest, SessionOwner, Multi<SessionEvent>> opener,
        int window) {
      this.index = index;
      this.request = request;
      this.opener = opener;
      this.window = window;
    }

    void open() {
      opener.apply(request, this).subscribe().withSubscriber(this);
    }

    @Override
    public String name() {
      return owner.owner();
    }

    @Override
    public Optional<String> conversation() {
      return owner.conversation();
    }

    @Override
    public Optional<String> user() {
      return owner.user();
    }

    @Override
    public void servedBy(ServedBy node) {
      listener.servedBy(index, node);
    }

    /** Asks for more in halves of the window: one call per many tokens. */
    void grant() {
      if (subscription != null
          && !finished
          && owed >= window / 2
          && listener.ready(Sessions.this::resume)) {
        int demand = owed;
        owed = 0;
        subscription.request(demand);
      }
    }

    void cancel() {
      if (subscription != null && !finished) {
        finished = true;
        subscription.cancel();
      }
    }

    @Override
    public void onSubscribe(Flow.Subscription granted) {
      subscription = granted;
      if (over) {
        cancel();
      } else {
        granted.request(window);
      }
    }

    @Override
    public void onItem(SessionEvent event) {
      if (over || finished) {
        return;
      }
      owed++;
      finished = event instanceof Finished;
      try {
        on(index, event);
        grant();
      } catch (RuntimeException e) {
        fail(e);
      }
    }

    @Override
    public void onFailure(Throwable cause) {
      if (!finished) {
        finished = true;
        fail(cause);
      }
    }

    @Override
    public void onCompletion() {
      if (!finished) {
        onFailure(
            new EngineException(EngineFailure.INTERNAL, "The session ended without a result."));
      }
    }
  }
}
