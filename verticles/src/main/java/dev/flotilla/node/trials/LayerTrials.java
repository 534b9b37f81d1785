package dev.flotilla.node.trials;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.node.topology.ModelOffer;
import dev.flotilla.node.topology.NodeReport;
import dev.flotilla.sharding.plan.StageShape;
import io.vertx.core.Future;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Tries layers like those of the models that members have files of, so that it is known how long
 * they take here before anybody plans with this node. One model at a time, while nothing else is
 * computed here; models whose layers are alike are tried once. Any thread.
 */
public final class LayerTrials {
  private static final Logger log = LoggerFactory.getLogger(LayerTrials.class);

  /** After a trial that failed. */
  static final long RETRY_NANOS = 60_000_000_000L;

  private final Host host;
  private final LongSupplier nanoTime;
  private final AtomicReference<@Nullable Offered> trying = new AtomicReference<>();
  private final Map<String, Outcome> outcomes = new ConcurrentHashMap<>();

  /** Of the last trial of a file. */
  private record Outcome(boolean settled, long atNanos) {}

  private record Offered(String owner, ModelOffer model) {}

  /** What trials need of their node. */
  public interface Host {
    /** What members say of themselves, by id. */
    Map<String, NodeReport> reports();

    /** Whether it is of use to know how long layers of a model take here. */
    boolean mayCompute(String owner, ModelOffer model);

    /** Whether nobody would be disturbed now. */
    boolean isIdle();

    /** Memory that a trial of a member's model may take. */
    long freeBytes(String owner);

    /** Layers of a file. */
    Future<LayerSample> sample(String owner, String digest);

    /** Whether it is known already how long such layers take here. */
    boolean isKnown(String costKey);

    /** Computes with a sample for a moment. */
    Future<ChainFigures> run(LayerSample sample);

    /** Ends that; it fails with {@link EngineFailure#CANCELLED}. */
    void cancel();

    /** Takes note of what such layers took. */
    void learn(StageShape shape, ChainFigures figures);
  }

  /** Nothing was tried yet. */
  public LayerTrials(Host host, LongSupplier nanoTime) {
    this.host = host;
    this.nanoTime = nanoTime;
  }

  /**
   * Tries the next model, if there is one; done when it has been tried. What is being tried is
   * given up once it would disturb somebody, and be disturbed, or is of no use any more. To be
   * called often.
   */
  public Future<Void> look() {
    Offered now = trying.get();
    if (now != null) {
      if (!host.isIdle() || !host.mayCompute(now.owner(), now.model())) {
        host.cancel();
      }
      return Future.succeededFuture();
    }
    Optional<Offered> next = host.isIdle() ? next() : Optional.empty();
    return next.isPresent() && trying.compareAndSet(null, next.get())
        ? run(next.get())
        : Future.succeededFuture();
  }

  private Future<Void> run(Offered next) {
    String digest = next.model().digest();
    return host.sample(next.owner(), digest)
        .compose(sample -> tried(next.owner(), sample))
        .onSuccess(_ -> outcomes.put(digest, new Outcome(true, nanoTime.getAsLong())))
        .onFailure(thrown -> {
          outcomes.put(digest, new Outcome(false, nanoTime.getAsLong()));
          log.atLevel(isCancelled(thrown) ? Level.DEBUG : Level.INFO)
              .log("layers of model {} can't be tried: {}", next.model().id(), thrown.getMessage());
        })
        .onComplete(_ -> trying.set(null));
  }

  private static boolean isCancelled(Throwable thrown) {
    return thrown instanceof EngineException lost && lost.failure() == EngineFailure.CANCELLED;
  }

  private Optional<Offered> next() {
    Map<String, NodeReport> reports = host.reports();
    Set<String> present =
        reports.values().stream()
            .flatMap(report -> report.models().stream())
            .map(ModelOffer::digest)
            .collect(Collectors.toSet());
    outcomes.keySet().retainAll(present);
    return reports.entrySet().stream()
        .flatMap(report ->
            report.getValue().models().stream().map(model -> new Offered(report.getKey(), model)))
        .filter(offered -> isDue(offered.model().digest()))
        .filter(offered -> host.mayCompute(offered.owner(), offered.model()))
        .findFirst();
  }

  private boolean isDue(String digest) {
    Outcome last = outcomes.get(digest);
    return last == null || (!last.settled() && nanoTime.getAsLong() - last.atNanos() > RETRY_NANOS);
  }

  private Future<Void> tried(String owner, LayerSample sample) {
    if (host.isKnown(sample.shape().costKey())) {
      return Future.succeededFuture();
    }
    // Beside the mapped weights a backend may have them once more, in its own layout.
    long needed = 2 * sample.slice().fileBytes();
    long free = host.freeBytes(owner);
    if (needed > free) {
      return Future.failedFuture(
          new IllegalStateException("that takes %d bytes, %d are free".formatted(needed, free)));
    }
    return host.run(sample)
        .<Void>map(figures -> {
          log.debug("layers of cost {} here: {}", sample.shape().costKey(), figures.stages());
          host.learn(sample.shape(), figures);
          return null;
        });
  }
}
