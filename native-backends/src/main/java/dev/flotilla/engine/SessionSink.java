package dev.flotilla.engine;

/** Receives what happens to sessions. Called on the compute thread; must not block it for long. */
public interface SessionSink {

  /** Something happened to a session; {@link SessionEvent.Finished} is its last. */
  void event(long session, SessionEvent event);

  /** A session can't go on; the last that is heard of it. */
  void failed(long session, EngineException failure);

  /** A step is over: what was received so far may be sent on together. */
  void flush();
}
