package dev.flotilla.sharding;

/** On whose behalf a session is opened. */
public interface SessionOwner {

  /** Whom sessions belong to where capacity is shared: owners of different names take turns. */
  String name();

  /**
   * Hears who serves the session: before its first event, and again whenever another replica goes
   * on with it. Called on the context of the events.
   */
  void servedBy(ServedBy node);
}
