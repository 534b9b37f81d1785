package dev.flotilla.federation;

import dev.flotilla.federation.ReplicaAnnouncement.State;
import java.util.List;
import java.util.Optional;

/** Announcements for tests. */
public final class Announcements {
  private Announcements() {}

  public static String node(int number) {
    return "%064x".formatted(number);
  }

  public static ReplicaAnnouncement of(int node, long incarnation, long sequence, int running) {
    return new ReplicaAnnouncement(
        node(node),
        "stories",
        "0.1.0",
        incarnation,
        sequence,
        State.READY,
        4,
        running,
        0,
        64,
        4096,
        1000,
        0,
        100L * running,
        0.5,
        new ReplicaSpeed(500, List.of(40.0, 35.0, 30.0, 25.0)),
        Optional.of(new PrefixDigest(new long[] {-7, 3, 12})));
  }
}
