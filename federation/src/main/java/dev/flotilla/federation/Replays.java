package dev.flotilla.federation;

import dev.flotilla.engine.SessionRequest;
import dev.flotilla.federation.ModelRouter.Choice;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Interrupted streams of a model: those that replicas replay now, and those that wait until a
 * replica has room. Not thread-safe.
 */
final class Replays {
  /**
   * Interrupted streams that a replica is given at once. It replays them one after another, so that
   * those which would come last are better kept here until it shows which replica is sooner.
   */
  static final int MOST_AT_ONCE = 4;

  /**
   * After so long without a token a stream's reader may be slow, and others need not wait for it.
   */
  static final long LONGEST_MILLIS = 2_000;

  /** Streams that have got no token since they were sent on, and to which node. */
  private final Map<InFlightLedger.Session, String> running = new HashMap<>();

  /** Streams for which no replica has room, in their order. */
  private final List<Interrupted> waiting = new ArrayList<>();

  /** A stream that has to go on elsewhere. */
  record Interrupted(SessionRequest request, Wanted wanted, Promise<Optional<Choice>> choice) {}

  /** Those of some replicas that may be given one more. */
  List<Replica> roomAt(List<Replica> candidates, long nowNanos) {
    running.keySet().removeIf(each -> nowNanos - each.begunNanos() > LONGEST_MILLIS * 1_000_000);
    return candidates.stream()
        .filter(replica -> Collections.frequency(running.values(), replica.nodeId()) < MOST_AT_ONCE)
        .toList();
  }

  /** A stream was sent on. */
  void begun(Choice choice) {
    running.put(choice.session(), choice.nodeId());
  }

  /** A session has got a token, or ended; whether there is room for another stream by that. */
  boolean ended(Choice choice) {
    return running.remove(choice.session()) != null;
  }

  /** Keeps a stream until there is room. */
  void await(Interrupted stream) {
    waiting.add(stream);
  }

  /** Those that wait, which do so no more. */
  List<Interrupted> takeWaiting() {
    List<Interrupted> streams = List.copyOf(waiting);
    waiting.clear();
    return streams;
  }
}
