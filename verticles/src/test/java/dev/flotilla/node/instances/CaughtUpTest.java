package dev.flotilla.node.instances;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.federation.state.Command;
import dev.flotilla.federation.state.Command.Request;
import dev.flotilla.federation.state.LogEntry;
import dev.flotilla.federation.state.Outcome;
import dev.flotilla.federation.state.SwarmHistory;
import dev.flotilla.federation.state.SwarmState;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CaughtUpTest {
  private static final long FOR_EVER_MILLIS = 3_600_000;
  private static final Request REQUEST = new Request("once", new Command.Unplace("pipeline"));

  private final Vertx vertx = Vertx.vertx();

  /** A node's copy, which comes on when it is told to; the leader answers at once. */
  private static final class Copy implements SwarmHistory {
    private final Outcome outcome;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Void> listenedTo = new CompletableFuture<>();
    private volatile SwarmState state = SwarmState.EMPTY;

    Copy(Outcome outcome) {
      this.outcome = outcome;
    }

    void comeOn() {
      state =
          state.apply(new LogEntry(1, "leader", state.index() + 1, state.hash(), "", List.of()));
      listeners.forEach(Runnable::run);
    }

    @Override
    public SwarmState state() {
      return state;
    }

    @Override
    public boolean isLeading() {
      return false;
    }

    @Override
    public CompletionStage<Outcome> submit(Request request) {
      return CompletableFuture.completedFuture(outcome);
    }

    @Override
    public List<LogEntry> after(long index) {
      return List.of();
    }

    @Override
    public Runnable onChange(Runnable listener) {
      listeners.add(listener);
      listenedTo.complete(null);
      return () -> listeners.remove(listener);
    }
  }

  @AfterEach
  void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  private Future<Outcome> submitted(Copy copy, long patienceMillis) {
    return new CaughtUp(copy, vertx, patienceMillis).submit(REQUEST);
  }

  private static Outcome await(Future<Outcome> future) throws Exception {
    return future.await(30, TimeUnit.SECONDS);
  }

  @Test
  void whatTheLeaderDecidedIsAnsweredOnceTheCopyHasIt() throws Exception {
    Copy copy = new Copy(new Outcome.Done(2));
    Future<Outcome> answer = submitted(copy, FOR_EVER_MILLIS);
    copy.listenedTo.get(30, TimeUnit.SECONDS);
    copy.comeOn();
    assertThat(answer.isComplete()).isFalse();
    copy.comeOn();
    assertThat(await(answer)).isEqualTo(new Outcome.Done(2));
    assertThat(copy.listeners).isEmpty();
  }

  @Test
  void whatTheCopyHasAlreadyIsAnsweredAtOnce() throws Exception {
    Copy copy = new Copy(new Outcome.Done(1));
    copy.comeOn();
    assertThat(await(submitted(copy, FOR_EVER_MILLIS))).isEqualTo(new Outcome.Done(1));
    assertThat(copy.listeners).isEmpty();
  }

  @Test
  void aRefusalChangesNothingThatCouldBeWaitedFor() throws Exception {
    Outcome refused = new Outcome.Refused(Outcome.Refusal.NO_QUORUM, "alone");
    assertThat(await(submitted(new Copy(refused), FOR_EVER_MILLIS))).isEqualTo(refused);
  }

  @Test
  void aNodeThatIsCutOffAnswersAllTheSame() throws Exception {
    Copy copy = new Copy(new Outcome.Done(1));
    assertThat(await(submitted(copy, 1))).isEqualTo(new Outcome.Done(1));
    assertThat(copy.state().index()).isZero();
    assertThat(copy.listeners).isEmpty();
  }
}
