package dev.flotilla.federation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Admission queue and circuit breaker. */
class FairnessTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void keysTakeTurns() {
    AdmissionQueue<String> queue = new AdmissionQueue<>(10);
    for (String request : List.of("a1", "a2", "a3", "b1", "c1", "b2")) {
      assertThat(queue.offer(request.substring(0, 1), request)).isEmpty();
    }
    List<String> order = new ArrayList<>();
    while (queue.size() > 0) {
      order.add(queue.poll().orElseThrow());
    }
    assertThat(order).containsExactly("a1", "b1", "c1", "a2", "b2", "a3");
    assertThat(queue.poll()).isEmpty();
  }

  @Test
  void aFloodDisplacesOnlyItself() {
    AdmissionQueue<String> queue = new AdmissionQueue<>(4);
    for (int i = 0; i < 4; i++) {
      assertThat(queue.offer("flood", "f" + i)).isEmpty();
    }
    assertThat(queue.offer("flood", "f4")).contains("f4");
    assertThat(queue.offer("quiet", "q0")).contains("f3");
    assertThat(queue.offer("quiet", "q1")).contains("f2");
    assertThat(queue.offer("quiet", "q2")).contains("q2");
    assertThat(queue.size()).isEqualTo(4);
    assertThat(queue.remove("quiet", "q0")).isTrue();
    assertThat(queue.remove("quiet", "q0")).isFalse();
    assertThat(queue.size()).isEqualTo(3);
    assertThat(new AdmissionQueue<String>(0).offer("key", "any")).contains("any");
  }

  @Test
  void breakerOpensProbesAndCloses() {
    CircuitBreaker breaker = CircuitBreaker.CLOSED.failed(0).failed(0);
    assertThat(breaker.admits(0)).isTrue();
    breaker = breaker.failed(0);
    assertThat(breaker.admits(SECOND - 1)).isFalse();
    assertThat(breaker.admits(SECOND)).isTrue();
    CircuitBreaker probing = breaker.sent();
    assertThat(probing.admits(SECOND)).isFalse();
    assertThat(probing.succeeded()).isEqualTo(CircuitBreaker.CLOSED);
    assertThat(probing.undecided().admits(SECOND)).isTrue();
    CircuitBreaker reopened = probing.failed(SECOND);
    assertThat(reopened.admits(3 * SECOND - 1)).isFalse();
    assertThat(reopened.admits(3 * SECOND)).isTrue();
    CircuitBreaker longest = reopened;
    for (int i = 0; i < 100; i++) {
      longest = longest.sent().failed(0);
    }
    assertThat(longest.admits(30 * SECOND)).isTrue();
  }
}
