package dev.flotilla.node;

import dev.flotilla.federation.FederationOptions;
import dev.flotilla.federation.PredictedRouting;
import dev.flotilla.federation.RoutingPolicies;
import dev.flotilla.federation.RoutingPolicy;
import java.util.function.BiPredicate;

/**
 * How a node routes its clients' requests over the swarm.
 *
 * @param routing who gets a request: {@code predicted}, {@code least-loaded}, {@code round-robin},
 *     {@code random} or {@code fixed:NODE}, which is a name or the beginning of an id
 */
public record GatewayOptions(String routing) {
  public GatewayOptions {
    NodeOptions.require(
        RoutingPolicies.named(routing, (_, _) -> false).isPresent(),
        "routing",
        "no routing policy is called '"
            + routing
            + "' (predicted, least-loaded, round-robin, random, fixed:NODE)");
  }

  /**
   * As the router takes it.
   *
   * @param isCalled whether the node of an id is called as the user wrote
   */
  FederationOptions federation(BiPredicate<String, String> isCalled) {
    RoutingPolicy policy =
        RoutingPolicies.named(routing, isCalled).orElseGet(PredictedRouting::new);
    return FederationOptions.STANDARD.with(policy);
  }
}
