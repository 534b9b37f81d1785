package dev.flotilla.federation;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntSupplier;

/**
 * The door to the replicas of a model: lets in as many of a gateway's sessions as keep the replicas
 * busy, and has the others wait here, where owners take turns, rather than at a replica, where who
 * came first would be served first. Any thread; entrants are told outside of any lock.
 */
final class Admission {
  /** The most sessions of a model that wait. */
  static final int MAX_WAITING = 1_024;

  /** Sessions let in for each slot: one runs, one is there when it ends. */
  static final int SESSIONS_PER_SLOT = 2;

  private final IntSupplier slots;
  private final AdmissionQueue<Entrant> waiting = new AdmissionQueue<>(MAX_WAITING);
  private final Set<Entrant> inside = new HashSet<>();

  /** What waits at the door. Told one of the two, once, unless it has {@link #gone} before. */
  interface Entrant {
    /** It may begin. */
    void enter();

    /** There is no room, not even to wait. */
    void refuse();
  }

  /**
   * An open door.
   *
   * @param slots of all replicas that are ready; with none, everybody is let in to hear of it
   */
  Admission(IntSupplier slots) {
    this.slots = slots;
  }

  /** Somebody comes. */
  void come(String owner, Entrant entrant) {
    Optional<Entrant> displaced;
    synchronized (this) {
      displaced = waiting.offer(owner, entrant);
    }
    displaced.ifPresent(Entrant::refuse);
    letIn();
  }

  /** Somebody who came is done, or does not want to wait any more. */
  void gone(String owner, Entrant entrant) {
    synchronized (this) {
      if (!inside.remove(entrant)) {
        waiting.remove(owner, entrant);
      }
    }
    letIn();
  }

  /** Lets in whom there is room for now. */
  void letIn() {
    for (Optional<Entrant> next = next(); next.isPresent(); next = next()) {
      next.get().enter();
    }
  }

  private synchronized Optional<Entrant> next() {
    if (waiting.size() == 0) {
      return Optional.empty();
    }
    int ready = slots.getAsInt();
    boolean room = ready == 0 || inside.size() < (long) ready * SESSIONS_PER_SLOT;
    Optional<Entrant> next = room ? waiting.poll() : Optional.empty();
    next.ifPresent(inside::add);
    return next;
  }

  synchronized int waiting() {
    return waiting.size();
  }
}
