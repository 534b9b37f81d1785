package dev.flotilla.node.instances;

import dev.flotilla.federation.state.Command.Request;
import dev.flotilla.federation.state.Outcome;
import dev.flotilla.federation.state.SwarmHistory;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Has things decided, and waits until this node's copy of the history has come as far as the
 * leader's: who had something decided through this node is to find it here. Any thread.
 */
final class CaughtUp {
  private final SwarmHistory history;
  private final Vertx vertx;
  private final long patienceMillis;

  /**
   * Of a node.
   *
   * @param patienceMillis beyond which what is decided is decided all the same, and the node is cut
   *     off
   */
  CaughtUp(SwarmHistory history, Vertx vertx, long patienceMillis) {
    this.history = history;
    this.vertx = vertx;
    this.patienceMillis = patienceMillis;
  }

  /** What became of a request, once that can be seen here, or patience has ended; never failed. */
  Future<Outcome> submit(Request request) {
    return Future.fromCompletionStage(history.submit(request), vertx.getOrCreateContext())
        .compose(outcome ->
            switch (outcome) {
              case Outcome.Done(long index) -> awaited(index).map(outcome);
              case Outcome.Refused _ -> Future.succeededFuture(outcome);
            });
  }

  /** Done when the copy has an entry. */
  private Future<Void> awaited(long index) {
    CompletableFuture<Void> caughtUp = new CompletableFuture<>();
    Runnable look =
        () -> {
          if (history.state().index() >= index) {
            caughtUp.complete(null);
          }
        };
    Runnable unlisten = history.onChange(look);
    // What came before anybody listened.
    look.run();
    caughtUp.completeOnTimeout(null, patienceMillis, TimeUnit.MILLISECONDS);
    return Future.fromCompletionStage(
        caughtUp.whenComplete((_, _) -> unlisten.run()), vertx.getOrCreateContext());
  }
}
