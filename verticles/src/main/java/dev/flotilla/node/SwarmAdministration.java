package dev.flotilla.node;

import dev.flotilla.node.api.ApiRefusal;
import dev.flotilla.node.api.SwarmAdmin;
import dev.flotilla.node.federation.Federation;
import dev.flotilla.node.topology.NodeReport;
import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.NodeRole;
import dev.flotilla.tokens.SwarmToken;
import dev.flotilla.tokens.TokenException;
import dev.flotilla.tokens.TokenFailure;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the API does to a {@link Swarm}, off the event loop. */
final class SwarmAdministration implements SwarmAdmin {
  private final Swarm swarm;
  private final Federation federation;
  private final Supplier<Map<String, NodeReport>> reports;

  /**
   * @param reports what nodes last said of themselves, by id
   */
  SwarmAdministration(
      Swarm swarm, Federation federation, Supplier<Map<String, NodeReport>> reports) {
    this.swarm = swarm;
    this.federation = federation;
    this.reports = reports;
  }

  @Override
  public String nodeId() {
    return swarm.id().hex();
  }

  @Override
  public List<Member> members() {
    Map<String, NodeReport> heard = reports.get();
    return swarm.cards().stream()
        .map(card ->
            new Member(
                card.id().hex(),
                card.name(),
                card.role().label(),
                card.version(),
                card.since().getEpochSecond(),
                card.cluster().toString(),
                card.link().toString(),
                card.api(),
                labels(heard.get(card.id().hex())),
                swarm.roundTripMillis(card.id())))
        .toList();
  }

  /** None of a node that has said nothing yet. */
  private static Map<String, String> labels(@Nullable NodeReport report) {
    return report == null ? Map.of() : report.labels();
  }

  @Override
  public Future<String> token() {
    return blocking(() ->
        swarm
            .token()
            .map(SwarmToken::encode)
            .orElseThrow(() ->
                new TokenException(
                    TokenFailure.ROLE,
                    "this node was invited and does not hold the swarm's token")));
  }

  @Override
  public Future<String> invite(String role, Duration lifetime, int uses) {
    return blocking(() -> swarm.invite(NodeRole.of(role), lifetime, uses).encode());
  }

  @Override
  public Future<Boolean> revoke(String node, String reason) {
    return blocking(() -> swarm.revoke(matching(node), reason));
  }

  /** People give the first characters of an id, or a name. */
  private NodeId matching(String node) {
    List<NodeId> matching =
        swarm.cards().stream()
            .filter(card -> card.id().hex().startsWith(node) || card.name().equals(node))
            .map(NodeCard::id)
            .toList();
    if (matching.size() > 1) {
      throw new TokenException(
          TokenFailure.MALFORMED,
          matching.size() + " nodes are called '" + node + "': give its id");
    }
    // A node that is away is thrown out by its whole id.
    return matching.isEmpty() ? new NodeId(node) : matching.getFirst();
  }

  @Override
  public Future<String> rotate(Duration overlap) {
    return blocking(() -> swarm.rotate(overlap).encode());
  }

  @Override
  public int drain(boolean leaving) {
    return federation.drain(leaving);
  }

  private <T> Future<T> blocking(Callable<T> work) {
    return swarm
        .vertx()
        .executeBlocking(work, false)
        .recover(thrown ->
            Future.failedFuture(
                thrown instanceof TokenException refused
                    ? ApiRefusal.of(refused.getMessage())
                    : thrown));
  }
}
