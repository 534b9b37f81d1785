package dev.flotilla.federation;

import dev.flotilla.engine.FinishReason;
import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.SamplingOptions;
import dev.flotilla.engine.SessionEvent;
import dev.flotilla.engine.SessionEvent.Admitted;
import dev.flotilla.engine.SessionEvent.Finished;
import dev.flotilla.engine.SessionEvent.Generated;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.SessionUsage;
import dev.flotilla.engine.StopConditions;
import dev.flotilla.federation.ReplicaAnnouncement.State;
import dev.flotilla.sharding.Embeddings;
import dev.flotilla.sharding.ModelCard;
import dev.flotilla.sharding.Pipeline;
import dev.flotilla.sharding.PipelineStatus;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.Cancellable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A replica on this node, watched: what runs on it, how fast, and which prompts its cache holds.
 * All its sessions come through here, whichever gateway sent them. Any thread.
 */
public final class MeteredPipeline implements Pipeline {
  private static final double FIRST_PREFILL_RATE = 500;
  private static final double FIRST_DECODE_RATE = 20;
  private static final double RATE_WINDOW_SECONDS = 5;
  private static final String CALIBRATION_PROMPT = "One two three four five six. ".repeat(10);
  private static final int CALIBRATION_TOKENS = 16;

  private final Pipeline pipeline;
  private final String nodeId;
  private final String version;
  private final String description;
  private final long incarnation;
  private final LongSupplier nanoClock;
  private final Set<Watched> sessions = new HashSet<>();
  private final Expectations expectations = new Expectations();
  private final SpeedMeter speed;
  private final PrefixIndex prefixes;
  private long sequence;
  private double arrivals;
  private long arrivalsNanos;
  private boolean calibrated;
  private @Nullable Calibration calibration;
  private int cacheLosses;

  /** A session that measures. */
  private record Calibration(Cancellable session, Promise<Void> measured) {
    void giveUp() {
      session.cancel();
      measured.tryFail(new CancellationException("somebody has come"));
    }
  }

  /** A session, and what is known of it so far. */
  private static final class Watched {
    private final SessionRequest request;
    private final RouteRequest expected;
    private double unread;
    private int generated;
    private long company;
    private int samples;

    Watched(SessionRequest request, RouteRequest expected) {
      this.request = request;
      this.expected = expected;
      this.unread = expected.promptTokens();
    }
  }

  /**
   * Watches a pipeline.
   *
   * @param description digest of the model's {@link ModelDescription}
   * @param incarnation greater after every start of the node
   * @param before what was learnt of its speed before that
   * @param nanoClock a clock as {@link System#nanoTime}
   */
  public MeteredPipeline(
      Pipeline pipeline,
      String nodeId,
      String version,
      String description,
      long incarnation,
      Optional<LearntSpeed> before,
      LongSupplier nanoClock) {
    this.pipeline = pipeline;
    this.nodeId = nodeId;
    this.version = version;
    this.description = description;
    this.incarnation = incarnation;
    this.nanoClock = nanoClock;
    PipelineStatus status = pipeline.status();
    int slots = Math.max(1, status.slots());
    this.cacheLosses = status.cacheLosses();
    this.speed = new SpeedMeter(slots, FIRST_PREFILL_RATE, FIRST_DECODE_RATE);
    before.ifPresent(speed::resume);
    this.prefixes = new PrefixIndex(slots);
    this.arrivalsNanos = nanoClock.getAsLong();
  }

  @Override
  public Multi<SessionEvent> open(SessionRequest request) {
    return Multi.createFrom()
        .deferred(() -> {
          Watched session = begun(request);
          giveUpCalibration();
          return pipeline
              .open(request)
              .onItem()
              .invoke(event -> happened(session, event))
              .onTermination()
              .invoke(() -> ended(session));
        });
  }

  /**
   * Measures the replica's speed with a short session, so that gateways need not guess. Fails where
   * the session does, and with a {@link CancellationException} as soon as anybody else opens one,
   * who must not wait for it.
   */
  public Future<Void> calibrate() {
    SessionRequest request =
        new SessionRequest(
            new Prompt.Text(CALIBRATION_PROMPT, true, false),
            SamplingOptions.GREEDY,
            new StopConditions(CALIBRATION_TOKENS, List.of()),
            false,
            false);
    Promise<Void> measured = Promise.promise();
    Cancellable session =
        pipeline
            .open(request)
            .subscribe()
            .with(
                event -> {
                  if (event instanceof Finished(FinishReason _, SessionUsage usage)) {
                    measured(usage);
                    measured.tryComplete();
                  }
                },
                measured::tryFail);
    if (!begun(new Calibration(session, measured))) {
      giveUpCalibration();
    }
    return measured.future();
  }

  /** Whether nobody has come meanwhile. */
  private synchronized boolean begun(Calibration begun) {
    calibration = begun;
    return sessions.isEmpty();
  }

  private void giveUpCalibration() {
    Calibration begun;
    synchronized (this) {
      begun = calibration;
      calibration = null;
    }
    if (begun != null) {
      begun.giveUp();
    }
  }

  private synchronized void measured(SessionUsage usage) {
    speed.ended(usage, usage.completionTokens(), 1);
    calibrated = true;
  }

  /** The digest of the model's {@link ModelDescription}. */
  public String description() {
    return description;
  }

  /** Whether sessions, or {@link #calibrate}, have shown how fast the replica is. */
  public synchronized boolean isMeasured() {
    return calibrated || speed.isMeasured();
  }

  /**
   * What its sessions have shown of its speed, for the next start; empty as long as they didn't.
   */
  public synchronized Optional<LearntSpeed> learntSpeed() {
    return speed.learnt();
  }

  private synchronized Watched begun(SessionRequest request) {
    decayArrivals();
    arrivals += 1 / RATE_WINDOW_SECONDS;
    Watched session = new Watched(request, expectations.of(request));
    sessions.add(session);
    return session;
  }

  /** Arrivals per second, averaged over a window that fades. */
  private void decayArrivals() {
    long now = nanoClock.getAsLong();
    arrivals *= Math.exp((arrivalsNanos - now) / 1e9 / RATE_WINDOW_SECONDS);
    arrivalsNanos = now;
  }

  private synchronized void happened(Watched session, SessionEvent event) {
    switch (event) {
      case Admitted(int promptTokens, int cachedTokens) -> {
        session.unread = (double) promptTokens - cachedTokens;
        followCache(pipeline.status());
        if (session.request.cachePrompt()) {
          prefixes.read(session.expected.prompt());
        }
      }
      case Generated generated -> {
        session.unread = 0;
        session.generated += generated.tokens().length;
        session.company += pipeline.status().running();
        session.samples++;
      }
      case Finished finished -> {
        double batch = session.samples == 0 ? 1 : (double) session.company / session.samples;
        speed.ended(finished.usage(), session.generated, batch);
        expectations.learn(session.request, finished.usage());
      }
    }
  }

  /** Forgets what its cache held if that has been lost. */
  private void followCache(PipelineStatus status) {
    if (status.cacheLosses() != cacheLosses) {
      cacheLosses = status.cacheLosses();
      prefixes.clear();
    }
  }

  private synchronized void ended(Watched session) {
    sessions.remove(session);
  }

  /** Sessions that were opened here, by whomever, and have not ended. */
  public synchronized int openSessions() {
    return sessions.size();
  }

  /** Whether the replica takes sessions. */
  public State state() {
    return state(pipeline.status().state());
  }

  /** How the replica is right now. */
  public synchronized ReplicaAnnouncement announcement() {
    decayArrivals();
    PipelineStatus status = pipeline.status();
    followCache(status);
    double prompt = 0;
    double output = 0;
    for (Watched session : sessions) {
      double expected = session.expected.outputTokens();
      prompt += session.unread;
      output += Math.max(expected / 8, expected - session.generated);
    }
    long capacity = (long) status.slots() * status.contextTokens();
    long used = Math.round(prompt + output);
    return new ReplicaAnnouncement(
        nodeId,
        pipeline.model().id(),
        version,
        description,
        incarnation,
        ++sequence,
        state(status.state()),
        Math.max(1, status.slots()),
        status.running(),
        status.queued(),
        status.queueLimit(),
        Math.max(1, status.contextTokens()),
        Math.max(0, capacity - used),
        Math.round(prompt),
        Math.round(output),
        arrivals,
        speed.speed(),
        Optional.of(prefixes.digest()));
  }

  private static State state(PipelineStatus.State state) {
    return switch (state) {
      case READY -> State.READY;
      case LOADING, RESTARTING -> State.LOADING;
      case FAILED -> State.FAILED;
      case DRAINING -> State.DRAINING;
    };
  }

  @Override
  public ModelCard model() {
    return pipeline.model();
  }

  @Override
  public PipelineStatus status() {
    return pipeline.status();
  }

  @Override
  public Future<int[]> tokenize(String text, boolean addSpecial, boolean parseSpecial) {
    return pipeline.tokenize(text, addSpecial, parseSpecial);
  }

  @Override
  public Future<String> detokenize(int[] tokens) {
    return pipeline.detokenize(tokens);
  }

  @Override
  public Future<Embeddings> embed(List<Prompt> prompts) {
    return pipeline.embed(prompts);
  }
}
