package dev.flotilla.engine.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Receives llama.cpp's log lines, on whatever thread it logs from, and passes them to SLF4J;
 * remembers the last errors, because llama.cpp reports why a load failed only there.
 */
final class NativeLog {
  private static final Logger log = LoggerFactory.getLogger("llama");

  /** Errors remembered; more than one load prints. */
  private static final int MAX_ERRORS = 8;

  /** {@code enum ggml_log_level}. */
  private static final int DEBUG = 1;

  private static final int INFO = 2;
  private static final int WARN = 3;
  private static final int ERROR = 4;
  private static final int CONTINUED = 5;

  private final Deque<String> errors = new ArrayDeque<>();
  private final StringBuilder line = new StringBuilder();
  private int lineLevel = INFO;
  private boolean aborting;

  /** Starts to receive the log; {@code owner} must outlive every native call. */
  void attach(NativeFunctions functions, Arena owner) {
    try {
      MemorySegment callback =
          functions
              .linker()
              .upcallStub(
                  MethodHandles.lookup()
                      .bind(
                          this,
                          "receive",
                          MethodType.methodType(
                              void.class, int.class, MemorySegment.class, MemorySegment.class)),
                  FunctionDescriptor.ofVoid(
                      JAVA_INT,
                      ADDRESS.withTargetLayout(
                          MemoryLayout.sequenceLayout(Integer.MAX_VALUE, JAVA_BYTE)),
                      ADDRESS),
                  owner);
      functions
          .bindVoid("llama_log_set", ADDRESS, ADDRESS)
          .invokeExact(callback, MemorySegment.NULL);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_log_set", t);
    }
  }

  /** Whether a run is being aborted on purpose, which llama.cpp logs as an error. */
  synchronized void setAborting(boolean aborting) {
    this.aborting = aborting;
  }

  /** The errors logged since the last call, oldest first, in one line; empty if none. */
  synchronized String takeErrors() {
    String all = String.join("; ", errors);
    errors.clear();
    return all;
  }

  /**
   * The callback: text comes in pieces, a line may be continued. Must not throw into native code.
   */
  @SuppressWarnings("unused") // bound by name
  private synchronized void receive(int level, MemorySegment text, MemorySegment unused) {
    try {
      if (level != CONTINUED) {
        lineLevel = level;
      }
      line.append(text.getString(0));
      for (int end = line.indexOf("\n"); end >= 0; end = line.indexOf("\n")) {
        publish(lineLevel, line.substring(0, end).strip());
        line.delete(0, end + 1);
      }
    } catch (RuntimeException e) {
      log.warn("unreadable log line from llama.cpp", e);
    }
  }

  private void publish(int level, String message) {
    if (message.isEmpty()) {
      return;
    }
    switch (aborting ? DEBUG : level) {
      case ERROR -> {
        log.error("{}", message);
        if (errors.size() == MAX_ERRORS) {
          errors.removeFirst();
        }
        errors.addLast(message);
      }
      case WARN -> log.warn("{}", message);
      case INFO, DEBUG -> log.debug("{}", message);
      default -> log.trace("{}", message);
    }
  }
}
