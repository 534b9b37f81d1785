package dev.flotilla.node.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class UpstreamChoiceTest {
  private static final long SECOND = 1_000_000_000L;

  private final UpstreamServer one = server("one");
  private final UpstreamServer two = server("two");
  private final List<UpstreamServer> both = List.of(two, one);

  private static UpstreamServer server(String name) {
    UpstreamServer server = new UpstreamServer(name, (_, _) -> Future.failedFuture("test"), 1_000);
    assertThat(server.listed(Map.of("m", new ListedModel("m", 0, 0)))).isTrue();
    return server;
  }

  private Optional<String> chosen(Set<String> tried, long turn, long nowNanos) {
    return UpstreamChoice.of(both, tried, turn, nowNanos).map(UpstreamServer::name);
  }

  @Test
  void equalsTakeTurnsAndTheLessBusyGoesFirst() {
    assertThat(chosen(Set.of(), 0, 0)).hasValue("one");
    assertThat(chosen(Set.of(), 1, 0)).hasValue("two");
    one.began();
    assertThat(chosen(Set.of(), 0, 0)).hasValue("two");
    one.undecided();
    assertThat(chosen(Set.of("two"), 1, 0)).hasValue("one");
    assertThat(chosen(Set.of("two", "one"), 1, 0)).isEmpty();
  }

  @Test
  void whoFailsThreeTimesInARowIsLeftAloneForASecondAndThenTriedOnce() {
    for (int i = 1; i <= 3; i++) {
      one.began();
      assertThat(one.failed(0)).isEqualTo(i == 3);
    }
    assertThat(one.takeSuspicion()).isTrue();
    assertThat(one.takeSuspicion()).isFalse();
    assertThat(chosen(Set.of("two"), 0, SECOND - 1)).isEmpty();
    assertThat(chosen(Set.of("two"), 0, SECOND)).hasValue("one");
    one.began();
    assertThat(chosen(Set.of("two"), 0, SECOND)).isEmpty();
    one.served();
    assertThat(chosen(Set.of("two"), 0, SECOND)).hasValue("one");
    assertThat(one.running()).isZero();
  }

  @Test
  void aServerIsDownAfterTwoQuestionsInVainAndKeepsItsModelsInMind() {
    assertThat(one.failedProbe()).isFalse();
    assertThat(one.models()).containsKey("m");
    assertThat(one.failedProbe()).isTrue();
    assertThat(one.failedProbe()).isFalse();
    assertThat(one.models()).isEmpty();
    assertThat(one.known()).containsKey("m");
    assertThat(chosen(Set.of("two"), 0, 0)).isEmpty();
    assertThat(one.listed(Map.of())).isTrue();
    assertThat(one.listed(Map.of())).isFalse();
  }
}
