package dev.flotilla.federation;

import dev.flotilla.federation.ReplicaAnnouncement.State;
import dev.flotilla.sharding.ModelCard;
import java.util.List;
import java.util.Optional;

/** Announcements for tests. */
public final class Announcements {
  /** The digest of a description that nobody asks for. */
  public static final String DESCRIPTION = "d".repeat(64);

  private Announcements() {}

  public static String node(int number) {
    return "%064x".formatted(number);
  }

  public static ModelDescription description(String model) {
    return new ModelDescription(
        new ModelCard(model, 12, "llama", 1, 260_032, 1 << 20, "F16", 512, 512, 64, false),
        "f".repeat(64),
        new ModelDescription.Template("of " + model, "{{ messages[0].content }}", "<s>", "</s>"));
  }

  public static ReplicaAnnouncement of(int node, long incarnation, long sequence, int running) {
    return of(node, incarnation, sequence, 4, running);
  }

  /** Of a replica of another size. */
  public static ReplicaAnnouncement of(
      int node, long incarnation, long sequence, int slots, int running) {
    return of(node, incarnation, sequence, slots, running, 4096);
  }

  /** Of a replica of another size and context. */
  public static ReplicaAnnouncement of(
      int node, long incarnation, long sequence, int slots, int running, int contextTokens) {
    return new ReplicaAnnouncement(
        node(node),
        "stories",
        "0.1.0",
        DESCRIPTION,
        incarnation,
        sequence,
        State.READY,
        slots,
        running,
        0,
        64,
        contextTokens,
        1000,
        0,
        100L * running,
        0.5,
        new ReplicaSpeed(500, List.of(40.0, 35.0, 30.0, 25.0)),
        Optional.of(new PrefixDigest(new long[] {-7, 3, 12})));
  }
}
