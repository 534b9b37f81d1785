package dev.flotilla.node.topology;

import dev.flotilla.node.auth.PeerPlane;
import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.PeerAddress;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Measures the ways from other nodes to this one: round trips often, as they cost next to nothing,
 * and the rate of a transfer seldom. On one event loop.
 */
final class Prober {
  /** Rounds of round trips until the rate is measured again: about ten minutes. */
  private static final int ROUNDS_PER_TRANSFER = 60;

  /** Rounds that are to follow each other soon, as long as a way is little known. */
  private static final int FIRST_ROUNDS = 5;

  private static final long TIMEOUT_MILLIS = 5_000;

  private final PeerPlane peers;
  private final LongSupplier nanoTime;
  private final Map<NodeId, Target> targets = new HashMap<>();

  private static final class Target {
    final WayMeter meter = new WayMeter();
    int rounds;
    boolean isBusy;
  }

  Prober(PeerPlane peers, LongSupplier nanoTime) {
    this.peers = peers;
    this.nanoTime = nanoTime;
  }

  /**
   * Measures once more.
   *
   * @param others link ports of the nodes to be asked; the ways from all others are forgotten
   */
  void round(Map<NodeId, PeerAddress> others) {
    targets.keySet().retainAll(others.keySet());
    others.forEach((node, address) -> {
      Target target = targets.computeIfAbsent(node, _ -> new Target());
      if (!target.isBusy) {
        target.isBusy = true;
        boolean withTransfer = target.rounds++ % ROUNDS_PER_TRANSFER == 1;
        measure(node, address, target, withTransfer).onComplete(_ -> target.isBusy = false);
      }
    });
  }

  /** Whether ways were asked for too seldom yet to be well known. */
  boolean hasNewcomers() {
    return targets.values().stream().anyMatch(target -> target.rounds < FIRST_ROUNDS);
  }

  private Future<Void> measure(
      NodeId node, PeerAddress address, Target target, boolean withTransfer) {
    // The first on a connection pays for its handshake.
    Future<Double> roundTrip =
        fetch(node, address, 0)
            .compose(_ -> fetch(node, address, 0))
            .onFailure(_ -> target.meter.unanswered());
    return roundTrip.compose(millis -> {
      target.meter.roundTrip(millis, nanoTime.getAsLong());
      return withTransfer
          ? fetch(node, address, ProbeDesk.MAX_BYTES)
              .onSuccess(taken -> target.meter.transfer(ProbeDesk.MAX_BYTES, taken))
              .mapEmpty()
          : Future.succeededFuture();
    });
  }

  /** The milliseconds that bytes from a node take from question to end. */
  private Future<Double> fetch(NodeId node, PeerAddress address, int bytes) {
    RequestOptions options =
        new RequestOptions()
            .setMethod(HttpMethod.GET)
            .setHost(address.host())
            .setPort(address.port())
            .setURI(ProbeDesk.path(bytes))
            .setTimeout(TIMEOUT_MILLIS);
    long began = nanoTime.getAsLong();
    return peers
        .clientOf(node)
        .request(options)
        .compose(request -> request.send().compose(HttpClientResponse::end))
        .map(_ -> (nanoTime.getAsLong() - began) / 1e6);
  }

  /** What is known. */
  List<NodeReport.Way> ways() {
    long now = nanoTime.getAsLong();
    List<NodeReport.Way> ways = new ArrayList<>();
    targets.forEach((node, target) -> target.meter.way(node.hex(), now).ifPresent(ways::add));
    return ways;
  }
}
