package dev.flotilla.engine;

/** How many more events the reader of a session has room for. Confined to the compute thread. */
final class Credit {
  private int events;

  Credit(int events) {
    this.events = events;
  }

  int left() {
    return events;
  }

  void spend() {
    events--;
  }

  void grant(int more) {
    events = (int) Math.min(Integer.MAX_VALUE, (long) events + more);
  }
}
