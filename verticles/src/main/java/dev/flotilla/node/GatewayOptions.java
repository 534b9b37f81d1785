package dev.flotilla.node;

import dev.flotilla.federation.FederationOptions;
import dev.flotilla.federation.PredictedRouting;
import dev.flotilla.federation.RoutingPolicies;
import dev.flotilla.federation.RoutingPolicy;

/**
 * How a node routes its clients' requests over the swarm.
 *
 * @param routing who gets a request: {@code predicted}, {@code least-loaded}, {@code round-robin},
 *     {@code random} or {@code fixed:NODE}
 */
public record GatewayOptions(String routing) {
  public GatewayOptions {
    NodeOptions.require(
        RoutingPolicies.named(routing).isPresent(),
        "routing",
        "no routing policy is called '"
            + routing
            + "' (predicted, least-loaded, round-robin, random, fixed:NODE)");
  }

  /** As the router takes it. */
  FederationOptions federation() {
    RoutingPolicy policy = RoutingPolicies.named(routing).orElseGet(PredictedRouting::new);
    return FederationOptions.STANDARD.with(policy);
  }
}
