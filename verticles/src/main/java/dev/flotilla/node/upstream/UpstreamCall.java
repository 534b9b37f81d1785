package dev.flotilla.node.upstream;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A request that is tried at one upstream after another until one begins to answer. On one event
 * loop.
 */
public final class UpstreamCall {
  private final Vertx vertx;
  private final UpstreamRequest request;
  private final Function<Set<String>, Optional<UpstreamServer>> choice;
  private final UpstreamMetrics metrics;
  private final Set<String> tried = new HashSet<>();
  private final Promise<UpstreamAnswer> answer = Promise.promise();
  private @Nullable Exchange exchange;
  private boolean cancelled;

  /**
   * One that is not sent yet.
   *
   * @param choice the next upstream, after those that were tried
   */
  UpstreamCall(
      Vertx vertx,
      UpstreamRequest request,
      Function<Set<String>, Optional<UpstreamServer>> choice,
      UpstreamMetrics metrics) {
    this.vertx = vertx;
    this.request = request;
    this.choice = choice;
    this.metrics = metrics;
  }

  /** The answer; fails with an {@link UpstreamException} if no upstream gives any. */
  public Future<UpstreamAnswer> answer() {
    return answer.future();
  }

  /** Nobody waits any more: whoever works for this request is told to stop. */
  public void cancel() {
    cancelled = true;
    if (exchange != null) {
      exchange.cancel();
    }
  }

  UpstreamCall send() {
    next(
        UpstreamException.of(
            UpstreamFailure.NONE_LEFT,
            "No upstream serves the model '" + request.model() + "' right now."));
    return this;
  }

  private void next(UpstreamException soFar) {
    Optional<UpstreamServer> chosen = cancelled ? Optional.empty() : choice.apply(tried);
    if (chosen.isEmpty()) {
      answer.tryFail(soFar);
      return;
    }
    UpstreamServer server = chosen.get();
    tried.add(server.name());
    server.began();
    Exchange sent =
        new Exchange(vertx, server, request, tried.size(), outcome -> ended(server, outcome));
    exchange = sent;
    var _ =
        sent.send()
            .onSuccess(answer::tryComplete)
            .onFailure(cause -> {
              if (cause instanceof UpstreamException refused) {
                refused(refused, soFar);
              }
            });
  }

  /** Of several refusals the client is told the one that says most: what it can do about it. */
  private void refused(UpstreamException refused, UpstreamException soFar) {
    boolean wasBusy = soFar.failure() == UpstreamFailure.BUSY;
    if (refused.failure().mayGoElsewhere()) {
      next(wasBusy ? soFar : refused);
    } else {
      answer.tryFail(refused);
    }
  }

  private void ended(UpstreamServer server, Exchange.Outcome outcome) {
    metrics.ended(server.name(), outcome);
    switch (outcome) {
      case Exchange.Outcome.Served() -> server.served();
      case Exchange.Outcome.Cancelled() -> server.undecided();
      case Exchange.Outcome.Failed(UpstreamException cause) -> {
        if (!cause.failure().countsAgainstServer()) {
          server.undecided();
        } else if (server.failed(System.nanoTime())) {
          metrics.ejected(server.name());
        }
      }
    }
  }
}
