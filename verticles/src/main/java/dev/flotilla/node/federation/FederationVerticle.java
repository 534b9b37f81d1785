package dev.flotilla.node.federation;

import dev.flotilla.federation.ReplicaAnnouncement;
import dev.flotilla.node.cluster.SwarmBus;
import dev.flotilla.tokens.NodeCertificate;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Announces what this node serves, and, on a gateway, listens to what others do. Everything happens
 * on its event loop.
 */
final class FederationVerticle extends VerticleBase {
  /** How soon a replica whose state changed is announced. */
  private static final long TICK_MILLIS = 100;

  /** How long a gateway that has just come waits to hear of a first replica elsewhere. */
  private static final long SETTLING_MILLIS = 2_000;

  private final SwarmBus bus;
  private final Neighbours neighbours;
  private final HostedModels hosted;
  private final Optional<GatewayModels> gateway;
  private final Descriptions descriptions;
  private final Heartbeats heartbeats = new Heartbeats(new SplittableRandom());
  private final List<Consumer<ReplicaAnnouncement>> followers = new ArrayList<>();
  private final Promise<Context> begun = Promise.promise();
  private final Promise<Void> settled = Promise.promise();

  FederationVerticle(
      SwarmBus bus,
      Neighbours neighbours,
      HostedModels hosted,
      Optional<GatewayModels> gateway,
      Descriptions descriptions) {
    this.bus = bus;
    this.neighbours = neighbours;
    this.hosted = hosted;
    this.gateway = gateway;
    this.descriptions = descriptions;
  }

  @Override
  public Future<?> start() {
    begun.complete(context);
    announce(true);
    vertx.setPeriodic(TICK_MILLIS, _ -> tick());
    // Whoever comes has heard nothing yet.
    neighbours.onChange(() -> onLoop(this::membersChanged));
    var asked = bus.consume(ReplicaTopics.QUESTIONS, (_, _) -> announce(true));
    if (gateway.isEmpty()) {
      settled.complete();
    }
    if (gateway.isEmpty() && followers.isEmpty()) {
      return asked.completion();
    }
    var heard = bus.consume(ReplicaTopics.ANNOUNCEMENTS, this::heard);
    vertx.setTimer(alone() ? 1 : SETTLING_MILLIS, _ -> settled.tryComplete());
    return Future.all(asked.completion(), heard.completion()).onSuccess(_ -> ask());
  }

  private void ask() {
    if (gateway.isPresent()) {
      bus.publish(ReplicaTopics.QUESTIONS, "");
    }
  }

  /** Before it is deployed. */
  void follow(Consumer<ReplicaAnnouncement> listener) {
    followers.add(listener);
  }

  private boolean alone() {
    return neighbours.members().size() < 2;
  }

  /** Done once a gateway knows of other nodes' replicas, or there seem to be none. */
  Future<Void> settled() {
    return settled.future();
  }

  /** Tells gateways at once whether this node leaves. Any thread. */
  void drain(boolean leaving) {
    hosted.drain(leaving);
    onLoop(() -> announce(true));
  }

  /** This node serves a model no more. Any thread. */
  void withdrawn(String modelId) {
    onLoop(() -> gateway.ifPresent(models -> models.withdrawn(modelId)));
  }

  /** A node can't be reached. Any thread. */
  void linkLost(String node) {
    onLoop(() -> gateway.ifPresent(models -> models.unlink(node)));
  }

  /** Runs something on this verticle's event loop, once that has begun. Any thread. */
  void onLoop(Runnable work) {
    var _ = begun.future().onSuccess(loop -> loop.runOnContext(_ -> work.run()));
  }

  private void membersChanged() {
    gateway.ifPresent(models -> models.expire(System.nanoTime()));
    announce(true);
  }

  private void tick() {
    long now = System.nanoTime();
    hosted.all().forEach(each -> each.calibrate(now));
    announce(false);
    gateway.ifPresent(models -> models.expire(now));
  }

  private void announce(boolean whole) {
    long now = System.nanoTime();
    for (HostedModels.Hosting each : hosted.all()) {
      if (whole || heartbeats.due(each.served().id(), each.state(), now)) {
        ReplicaAnnouncement announcement = each.announcement();
        bus.publish(ReplicaTopics.ANNOUNCEMENTS, heartbeats.send(announcement, whole, now));
        followers.forEach(follower -> follower.accept(announcement));
        gateway.ifPresent(
            models -> models.heard(announcement, each.model(), each.served().template()));
      }
    }
  }

  private void heard(NodeCertificate sender, ReplicaAnnouncement replica) {
    String node = sender.id().hex();
    // A node speaks for itself alone; this one has been heard where it spoke.
    if (!node.equals(replica.nodeId())
        || node.equals(neighbours.own())
        || !neighbours.members().contains(node)) {
      return;
    }
    followers.forEach(follower -> follower.accept(replica));
    gateway.ifPresent(models -> heard(models, replica));
  }

  private void heard(GatewayModels models, ReplicaAnnouncement replica) {
    descriptions
        .of(replica)
        .onSuccess(known -> {
          models.heard(replica, known.model(), known.template());
          settled.tryComplete();
        });
  }
}
