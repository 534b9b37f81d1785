package dev.flotilla.node;

import dev.flotilla.federation.FederationOptions;
import dev.flotilla.federation.PredictedRouting;
import dev.flotilla.federation.RoutingPolicies;
import dev.flotilla.federation.RoutingPolicy;
import dev.flotilla.federation.Stickiness;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.function.Function;

/**
 * How a node routes its clients' requests over the swarm.
 *
 * @param routing who gets a request: {@code predicted}, {@code least-loaded}, {@code round-robin},
 *     {@code random} or {@code fixed:NODE}, which is a name or the beginning of an id
 * @param modelRouting the same for models that have a policy of their own, by name
 * @param stickiness which sessions go to one replica
 */
public record GatewayOptions(
    String routing, Map<String, String> modelRouting, Stickiness stickiness) {
  public GatewayOptions {
    modelRouting = Map.copyOf(modelRouting);
    requirePolicy("routing", routing);
    modelRouting.values().forEach(policy -> requirePolicy("model-routing", policy));
  }

  private static void requirePolicy(String option, String name) {
    NodeOptions.require(
        RoutingPolicies.named(name, (_, _) -> false).isPresent(),
        option,
        "no routing policy is called '"
            + name
            + "' (predicted, least-loaded, round-robin, random, fixed:NODE)");
  }

  /**
   * As the router takes it, by model.
   *
   * @param isCalled whether the node of an id is called as the user wrote
   */
  Function<String, FederationOptions> federation(BiPredicate<String, String> isCalled) {
    return model -> {
      String name = modelRouting.getOrDefault(model, routing);
      RoutingPolicy policy = RoutingPolicies.named(name, isCalled).orElseGet(PredictedRouting::new);
      return FederationOptions.STANDARD.with(policy, stickiness);
    };
  }
}
