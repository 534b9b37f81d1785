package dev.flotilla.federation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.federation.RoutingPolicy.Moment;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RoutingPoliciesTest {
  private static final RouteRequest REQUEST =
      new RouteRequest(PrefixChain.of("x".repeat(4096)), 1024, 100);

  @Test
  void roundRobinAndFixedKeepTheirOrder() {
    List<Replica> replicas = List.of(replica(3, 0), replica(1, 2), replica(2, 4));
    RoutingPolicy roundRobin = RoutingPolicies.roundRobin();
    for (int turn = 0; turn < 7; turn++) {
      assertThat(first(roundRobin, replicas, turn)).isEqualTo(Announcements.node(1 + turn % 3));
    }
    RoutingPolicy fixed = RoutingPolicies.fixed(Announcements.node(2)::equals, roundRobin);
    assertThat(first(fixed, replicas, 0)).isEqualTo(Announcements.node(2));
    assertThat(first(fixed, List.of(replica(1, 0), replica(3, 0)), 0))
        .isEqualTo(Announcements.node(1));
  }

  @Test
  void ownRequestsCountAtOnce() {
    InFlightLedger ledger = new InFlightLedger();
    InFlightLedger.Session session =
        ledger.begin(Announcements.node(1), new Load(1, 1000, 100), 50);
    assertThat(ledger.unannounced(Announcements.node(1), 10, 60)).isEqualTo(new Load(1, 1000, 100));
    assertThat(ledger.unannounced(Announcements.node(1), 55, 60)).isEqualTo(Load.NONE);
    ledger.end(session, 70);
    assertThat(ledger.unannounced(Announcements.node(1), 60, 80).sessions()).isEqualTo(-1);
    assertThat(ledger.unannounced(Announcements.node(1), 75, 80)).isEqualTo(Load.NONE);

    List<Replica> replicas =
        List.of(
            new Replica(Announcements.of(1, 1, 1, 0), 0, 0, new Load(3, 3000, 300)), replica(2, 1));
    for (RoutingPolicy policy : List.of(RoutingPolicies.leastLoaded(), new PredictedRouting())) {
      assertThat(first(policy, replicas, 0)).isEqualTo(Announcements.node(2));
    }
  }

  @Test
  void aCachedPromptOutweighsSomeLoadButNotAnyLoad() {
    PrefixIndex index = new PrefixIndex(4);
    index.read(REQUEST.prompt());
    for (int running : new int[] {1, 40}) {
      Replica holder =
          new Replica(
              Announcements.of(1, 1, 1, running).with(Optional.of(index.digest())),
              0,
              0,
              Load.NONE);
      assertThat(first(new PredictedRouting(), List.of(replica(2, 0), holder), 0))
          .isEqualTo(Announcements.node(running == 1 ? 1 : 2));
    }
  }

  @Test
  void namesAreThoseOfTheDocumentation() {
    for (String name : List.of("predicted", "least-loaded", "round-robin", "random", "fixed:abc")) {
      assertThat(RoutingPolicies.named(name, String::equals)).as(name).isPresent();
    }
    assertThat(RoutingPolicies.named("best", String::equals)).isEmpty();
  }

  private static String first(RoutingPolicy policy, List<Replica> replicas, long turn) {
    List<Replica> ranked =
        policy.rank(replicas, REQUEST, new Moment(100, 0, turn, new Random(turn)));
    assertThat(ranked).containsExactlyInAnyOrderElementsOf(replicas);
    return ranked.getFirst().nodeId();
  }

  private static Replica replica(int node, int running) {
    return new Replica(Announcements.of(node, 1, 1, running), 0, 0, Load.NONE);
  }
}
