package dev.flotilla.node.lending;

import dev.flotilla.node.cluster.SwarmBus;
import dev.flotilla.node.cluster.Topic;
import dev.flotilla.tokens.Permission;
import io.vertx.core.Vertx;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

/** Offers on the event bus. */
public final class WorkerAnnouncements {
  private static final Topic<WorkerOffer> TOPIC =
      new Topic<>("flotilla.workers", Permission.HOST_STAGES, new WorkerOffer.Codec());
  private static final int PERIOD_MILLIS = 1_000;

  private WorkerAnnouncements() {}

  /** Writes what workers announce into a directory. */
  public static void follow(SwarmBus bus, WorkerDirectory directory) {
    var _ = bus.consume(TOPIC, (sender, offer) -> directory.heard(sender.id(), offer));
  }

  /** Announces what this node lends, about every second until its Vert.x closes. */
  public static void announce(Vertx vertx, SwarmBus bus, Supplier<WorkerOffer> offer) {
    bus.publish(TOPIC, offer.get());
    int jitter = ThreadLocalRandom.current().nextInt(PERIOD_MILLIS / 5) - PERIOD_MILLIS / 10;
    vertx.setTimer(PERIOD_MILLIS + jitter, _ -> announce(vertx, bus, offer));
  }

  /** Announces once more, at once: what is lent has changed. */
  public static void announceNow(SwarmBus bus, WorkerOffer offer) {
    bus.publish(TOPIC, offer);
  }
}
