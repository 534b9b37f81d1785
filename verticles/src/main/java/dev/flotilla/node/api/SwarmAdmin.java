package dev.flotilla.node.api;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * What the API shows of a swarm and lets administrators do. Futures complete on the caller's
 * context; those of refused requests fail with an {@link ApiException}.
 */
public interface SwarmAdmin {

  /**
   * A member.
   *
   * @param id who it is
   * @param name what people call it
   * @param role what it is
   * @param version of Flotilla that it runs
   * @param sinceSeconds when it joined, in seconds since 1970
   * @param cluster address of its cluster port
   * @param link address of its link port
   * @param api URL of its API
   * @param labels what its owner says about it, by name; empty while nothing is heard of it
   * @param roundTripMillis to it and back; empty for this node and while unknown
   */
  record Member(
      String id,
      String name,
      String role,
      String version,
      long sinceSeconds,
      String cluster,
      String link,
      String api,
      Map<String, String> labels,
      OptionalDouble roundTripMillis) {}

  /** This node's id. */
  String nodeId();

  /** The members now, the oldest first; cheap. */
  List<Member> members();

  /** The swarm's token, a secret. */
  Future<String> token();

  /** A new invite, a secret. */
  Future<String> invite(String role, Duration lifetime, int uses);

  /**
   * Throws a node out.
   *
   * @return whether it knows the token, which should then be rotated
   */
  Future<Boolean> revoke(String node, String reason);

  /** Moves the swarm to a new secret; the new token, a secret. */
  Future<String> rotate(Duration overlap);

  /**
   * Has gateways send this node nothing more and take their sessions elsewhere, or takes that back.
   *
   * @return sessions that run or wait on this node now
   */
  int drain(boolean leaving);
}
