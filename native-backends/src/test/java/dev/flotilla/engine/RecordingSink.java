package dev.flotilla.engine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Keeps what happens to sessions. */
public final class RecordingSink implements SessionSink {
  private final Map<Long, List<SessionEvent>> events = new LinkedHashMap<>();
  private final Map<Long, EngineException> failures = new LinkedHashMap<>();

  @Override
  public void event(long session, SessionEvent event) {
    events.computeIfAbsent(session, _ -> new ArrayList<>()).add(event);
  }

  @Override
  public void failed(long session, EngineException failure) {
    failures.put(session, failure);
  }

  @Override
  public void flush() {}

  /** What happened to a session so far. */
  public List<SessionEvent> events(long session) {
    return events.getOrDefault(session, List.of());
  }

  /** The answer of a session so far. */
  public String text(long session) {
    StringBuilder text = new StringBuilder();
    for (SessionEvent event : events(session)) {
      if (event instanceof SessionEvent.Generated generated) {
        text.append(generated.text());
      }
    }
    return text.toString();
  }

  /** How a session ended; fails if it has not. */
  public SessionEvent.Finished finished(long session) {
    return (SessionEvent.Finished) events(session).getLast();
  }

  /** Whether a session has ended. */
  public boolean hasEnded(long session) {
    return failures.containsKey(session)
        || (!events(session).isEmpty()
            && events(session).getLast() instanceof SessionEvent.Finished);
  }

  /** Whether a session has failed. */
  public boolean hasFailed(long session) {
    return failures.containsKey(session);
  }

  /** How a session failed. */
  public EngineException failure(long session) {
    return Objects.requireNonNull(failures.get(session));
  }
}
