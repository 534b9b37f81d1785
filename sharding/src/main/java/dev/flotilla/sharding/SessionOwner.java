package dev.flotilla.sharding;

import java.util.Optional;

/** On whose behalf a session is opened. */
public interface SessionOwner {

  /** Whom sessions belong to where capacity is shared: owners of different names take turns. */
  String name();

  /** The conversation that it belongs to, where the client names it. */
  default Optional<String> conversation() {
    return Optional.empty();
  }

  /** Whom the client says it is for. */
  default Optional<String> user() {
    return Optional.empty();
  }

  /**
   * Hears who serves the session: before its first event, and again whenever another replica goes
   * on with it. Called on the context of the events.
   */
  void servedBy(ServedBy node);
}
