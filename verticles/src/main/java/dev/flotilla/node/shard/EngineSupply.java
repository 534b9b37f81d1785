package dev.flotilla.node.shard;

import dev.flotilla.engine.EngineOptions.Backend;
import dev.flotilla.engine.process.EngineCommand.Prepare;
import dev.flotilla.engine.process.StageRole.LinkIdentity;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Engine processes of a node that keeps a spare: one that was started ahead and has its libraries
 * loaded, so that streams that wait for a stage do not wait for a JVM. There is one spare at most.
 * Safe for threads.
 */
public final class EngineSupply implements EngineSource, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EngineSupply.class);

  /** The next spare is not started beside the stage that took the last one: it would slow it. */
  private static final long REFILL_MILLIS = 5_000;

  private final Vertx vertx;
  private final EngineLauncher launcher;
  private final Path libraryFolder;
  private final Supplier<LinkIdentity> identity;
  private @Nullable Backend wanted;
  private @Nullable Spare spare;
  private boolean starting;
  private boolean closed;

  private record Spare(Backend backend, EngineProcess process) {}

  /**
   * A supply without a spare yet.
   *
   * @param libraryFolder where native libraries are unpacked
   * @param identity of links that stages here will have
   */
  public EngineSupply(
      Vertx vertx, EngineLauncher launcher, Path libraryFolder, Supplier<LinkIdentity> identity) {
    this.vertx = vertx;
    this.launcher = launcher;
    this.libraryFolder = libraryFolder;
    this.identity = identity;
  }

  /** Keeps a spare for a backend from now on; the last one that was asked for counts. */
  public void keepSpare(Backend backend) {
    want(backend);
    refill(this::rehearsing);
  }

  /** The same; the first spare is wanted at once, and does not rehearse its links. */
  public void hurrySpare(Backend backend) {
    want(backend);
    refill(Optional::empty);
  }

  private Optional<LinkIdentity> rehearsing() {
    return Optional.of(identity.get());
  }

  private synchronized void want(Backend backend) {
    wanted = backend;
  }

  private void refill(Supplier<Optional<LinkIdentity>> rehearsal) {
    var _ =
        vertx
            .executeBlocking(() -> startSpare(rehearsal), false)
            .onFailure(thrown -> log.warn("no spare engine process: {}", thrown.toString()));
  }

  private @Nullable Void startSpare(Supplier<Optional<LinkIdentity>> rehearsal) throws IOException {
    Backend backend = wantedNow();
    if (backend == null) {
      return null;
    }
    EngineProcess process = null;
    try {
      process = EngineProcess.start(launcher);
      process.send(new Prepare(backend, libraryFolder.toString(), rehearsal.get()));
    } finally {
      keep(backend, process);
    }
    return null;
  }

  /** The backend that a spare has to be started for, if one has. */
  private synchronized @Nullable Backend wantedNow() {
    if (closed || starting || (spare != null && spare.process().isAlive())) {
      return null;
    }
    starting = wanted != null;
    return wanted;
  }

  private synchronized void keep(Backend backend, @Nullable EngineProcess process) {
    starting = false;
    if (process != null && closed) {
      process.kill();
    } else if (process != null) {
      spare = new Spare(backend, process);
    }
  }

  @Override
  public EngineProcess start(Backend backend, EngineProcess.Listener listener) throws IOException {
    Optional<EngineProcess> ready = take(backend);
    vertx.setTimer(REFILL_MILLIS, _ -> refill(this::rehearsing));
    EngineProcess process = ready.isPresent() ? ready.get() : EngineProcess.start(launcher);
    return process.listen(listener);
  }

  private synchronized Optional<EngineProcess> take(Backend backend) {
    Spare now = spare;
    if (now == null || now.backend() != backend || !now.process().isAlive()) {
      return Optional.empty();
    }
    spare = null;
    return Optional.of(now.process());
  }

  /** Ends the spare, and keeps none from now on. */
  @Override
  public synchronized void close() {
    closed = true;
    if (spare != null) {
      spare.process().kill();
      spare = null;
    }
  }
}
