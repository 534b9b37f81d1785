package dev.flotilla.federation;

import java.util.List;
import java.util.random.RandomGenerator;

/** Decides which replica of a model gets a request. Pure but for the random numbers it is given. */
public interface RoutingPolicy {

  /**
   * Puts replicas in the order in which they are to be tried.
   *
   * @param replicas those that may take the request; never empty
   * @return all of them, the best first
   */
  List<Replica> rank(List<Replica> replicas, RouteRequest request, Moment moment);

  /**
   * When a decision is made.
   *
   * @param nanos the time, on the clock that announcements were heard by
   * @param othersPerSecond requests for this model that other gateways route, per second
   * @param turn counts the gateway's decisions for this model
   * @param random where ties and guesses are drawn from
   */
  record Moment(long nanos, double othersPerSecond, long turn, RandomGenerator random) {}
}
