package dev.flotilla.benchmarks;

import dev.flotilla.cli.bench.Target;
import dev.flotilla.cli.http.ApiBase;
import dev.flotilla.cli.http.JsonCalls;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A server that was started to be measured, and ends when it is closed. */
interface MeasuredServer extends AutoCloseable {

  /** How long an orderly end may take. */
  int END_SECONDS = 30;

  /** Its name in tables. */
  String name();

  /** {@code http://HOST:PORT}. */
  String url();

  /** The process that computes. */
  ProcessHandle computing();

  /** Ends it, and waits until it has. */
  @Override
  void close();

  /** Asks a process to end, insists if it does not, and waits until it has. */
  static void end(Process process) {
    // Not by the process, which would close what is still read from it.
    process.toHandle().destroy();
    try {
      if (process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly().onExit().join();
  }

  /** Where its API is. */
  default ApiBase api() {
    return ApiBase.of(url(), Optional.empty());
  }

  /** The one model that it serves. */
  default Target target() throws IOException {
    try (JsonCalls calls = new JsonCalls(api())) {
      return new Target(api(), calls.firstModel());
    }
  }
}
