package dev.flotilla.node.shard;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.SessionEvent;
import dev.flotilla.engine.process.EngineReport;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Sessions and calls that an engine process has not ended yet, by number. Safe for threads. */
final class InFlight {
  private final AtomicLong numbers = new AtomicLong();
  private final Map<Long, EngineSession> sessions = new ConcurrentHashMap<>();
  private final Map<Long, Promise<EngineReport>> calls = new ConcurrentHashMap<>();

  /** A number that nothing has had yet. */
  long nextNumber() {
    return numbers.incrementAndGet();
  }

  void add(long number, EngineSession session) {
    sessions.put(number, session);
  }

  /** Sessions that run, and that wait for a slot. */
  int sessions() {
    return sessions.size();
  }

  /** Sessions that run. */
  int admitted() {
    return (int) sessions.values().stream().filter(EngineSession::admitted).count();
  }

  void happened(long number, SessionEvent event) {
    EngineSession session =
        event instanceof SessionEvent.Finished ? sessions.remove(number) : sessions.get(number);
    if (session != null) {
      session.event(event);
    }
  }

  void failSession(long number, EngineException failure) {
    EngineSession session = sessions.remove(number);
    if (session != null) {
      session.failed(failure);
    }
  }

  /** Nobody wants to know of a session any more. */
  void forgetSession(long number) {
    sessions.remove(number);
  }

  /** The answer to a call, when it comes; on the process's reader thread. */
  Future<EngineReport> call(long number) {
    Promise<EngineReport> answer = Promise.promise();
    calls.put(number, answer);
    return answer.future();
  }

  void answer(long call, EngineReport report) {
    @Nullable Promise<EngineReport> waiting = calls.remove(call);
    if (waiting != null) {
      waiting.complete(report);
    }
  }

  void failCall(long call, EngineException failure) {
    @Nullable Promise<EngineReport> waiting = calls.remove(call);
    if (waiting != null) {
      waiting.fail(failure);
    }
  }

  /** The process is gone. */
  void failAll(EngineException loss) {
    List.copyOf(sessions.keySet()).forEach(number -> failSession(number, loss));
    List.copyOf(calls.keySet()).forEach(call -> failCall(call, loss));
  }
}
