package dev.flotilla.federation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * A gateway's own sessions, counted before any announcement can: begun after a replica was heard
 * of, they are missing there; ended since, they are still in it. Not thread-safe.
 */
public final class InFlightLedger {
  private final Map<String, List<Session>> sessions = new HashMap<>();

  /** One session on a replica; a handle to say that it ended. */
  public static final class Session {
    private final Load load;
    private final long begunNanos;
    private long endedNanos = Long.MAX_VALUE;

    private Session(Load load, long begunNanos) {
      this.load = load;
      this.begunNanos = begunNanos;
    }

    long begunNanos() {
      return begunNanos;
    }
  }

  /** A session was sent to a node. */
  public Session begin(String nodeId, Load load, long nowNanos) {
    Session session = new Session(load, nowNanos);
    sessions.computeIfAbsent(nodeId, _ -> new ArrayList<>()).add(session);
    return session;
  }

  /** It ended there, however it did. */
  public void end(Session session, long nowNanos) {
    session.endedNanos = nowNanos;
  }

  /**
   * What an announcement that was made at a time does not know of the gateway's own sessions.
   *
   * @param madeNanos when it was made, on the gateway's clock; later in every call
   */
  public Load unannounced(String nodeId, long madeNanos, long nowNanos) {
    List<Session> here = sessions.getOrDefault(nodeId, List.of());
    double count = 0;
    double prompt = 0;
    double output = 0;
    Iterator<Session> each = here.iterator();
    while (each.hasNext()) {
      Session session = each.next();
      boolean ended = session.endedNanos <= nowNanos;
      boolean announced = session.begunNanos <= madeNanos;
      if (!ended && !announced) {
        count += 1;
        prompt += session.load.promptTokens();
        output += session.load.outputTokens();
      } else if (ended && !(announced && session.endedNanos > madeNanos)) {
        // No announcement knew of it alive and not of its end, and none will.
        each.remove();
      } else if (ended) {
        // Its prompt was read by then; of its answer, half was to come on average.
        count -= 1;
        output -= session.load.outputTokens() / 2;
      }
    }
    if (here.isEmpty()) {
      sessions.remove(nodeId);
    }
    return new Load(count, prompt, output);
  }

  /** A node is gone. */
  public void forget(String nodeId) {
    sessions.remove(nodeId);
  }
}
