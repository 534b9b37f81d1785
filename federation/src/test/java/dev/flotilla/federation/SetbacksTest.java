package dev.flotilla.federation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.federation.ModelRouter.Choice;
import dev.flotilla.federation.Replicas.Link;
import dev.flotilla.sharding.Pipeline;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class SetbacksTest {
  private static final FederationOptions OPTIONS = FederationOptions.STANDARD;
  private static final long PATIENCE_NANOS = OPTIONS.patienceMillis() * 1_000_000;

  private final Setbacks setbacks = new Setbacks(OPTIONS, Optional.of("key"));

  private static Choice at(int node, int contextTokens) {
    return new Choice(
        Announcements.of(node, 1, 1, 4, 0, contextTokens),
        new Nowhere(),
        new InFlightLedger().begin(Announcements.node(node), Load.NONE, 0));
  }

  /** A link that nobody uses. */
  private static final class Nowhere implements Link {
    @Override
    public Pipeline pipeline() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<ReplicaAnnouncement> probe() {
      return Future.failedFuture("nowhere");
    }

    @Override
    public double roundTripSeconds() {
      return 0;
    }
  }

  private boolean add(int node, EngineFailure failure, boolean suspect, long nanos) {
    return setbacks.add(at(node, 64), new EngineException(failure, "test"), suspect, nanos);
  }

  @Test
  void replicasThatAreGoneAreNoSignOfABadRequest() {
    for (int node = 1; node <= 2 * OPTIONS.totalAttempts(); node++) {
      assertThat(add(node, EngineFailure.MODEL_GONE, true, 5)).isTrue();
      assertThat(setbacks.wanted().admits(Announcements.of(node, 1, 1, 0))).isFalse();
    }
  }

  @Test
  void whoRefusedIsNotAskedAgainBeforeThereIsProgress() {
    assertThat(add(1, EngineFailure.QUEUE_FULL, true, 5)).isTrue();
    assertThat(setbacks.wanted().admits(Announcements.of(1, 1, 1, 0))).isFalse();
    assertThat(setbacks.wanted().admits(Announcements.of(2, 1, 1, 0))).isTrue();
    assertThat(setbacks.wanted().stickyKey()).hasValue("key");
    assertThat(setbacks.progressed(12)).isEqualTo(OptionalLong.of(7));
    assertThat(setbacks.progressed(13)).isEmpty();
    assertThat(setbacks.wanted().admits(Announcements.of(1, 1, 1, 0))).isTrue();
  }

  @Test
  void aSmallContextIsRememberedThroughProgress() {
    assertThat(add(1, EngineFailure.CONTEXT_EXCEEDED, true, 0)).isTrue();
    assertThat(setbacks.progressed(1)).isPresent();
    assertThat(setbacks.wanted().admits(Announcements.of(2, 1, 1, 4, 0, 64))).isFalse();
    assertThat(setbacks.wanted().admits(Announcements.of(1, 1, 1, 4, 0, 65))).isTrue();
  }

  @Test
  void aRequestThatFailsReplicasInARowIsGivenUp() {
    for (int i = 1; i < OPTIONS.attempts(); i++) {
      assertThat(add(i, EngineFailure.ENGINE_LOST, true, i)).isTrue();
    }
    // It had begun elsewhere, and this replica had not begun with it.
    assertThat(add(98, EngineFailure.ENGINE_LOST, false, 50)).isTrue();
    assertThat(add(99, EngineFailure.ENGINE_LOST, true, 99)).isFalse();
    assertThat(setbacks.last().orElseThrow().failure()).isEqualTo(EngineFailure.ENGINE_LOST);
  }

  @Test
  void progressForgivesButNotForEver() {
    for (int i = 1; i < OPTIONS.totalAttempts(); i++) {
      assertThat(add(i, EngineFailure.INTERNAL, true, i)).isTrue();
      assertThat(setbacks.progressed(i)).isPresent();
    }
    assertThat(add(99, EngineFailure.INTERNAL, true, 99)).isFalse();
  }

  @Test
  void whatWouldFailAnywhereIsNotTriedElsewhere() {
    assertThat(add(1, EngineFailure.INVALID_REQUEST, true, 0)).isFalse();
    assertThat(add(1, EngineFailure.UNSUPPORTED, true, 0)).isFalse();
  }

  @Test
  void waitingEndsWithPatienceAndBeginsWithTheFirstLoss() {
    assertThat(setbacks.awaits(1)).isTrue();
    assertThat(add(1, EngineFailure.ENGINE_LOST, true, 10)).isTrue();
    assertThat(add(2, EngineFailure.ENGINE_LOST, false, 20)).isTrue();
    assertThat(setbacks.awaits(9 + PATIENCE_NANOS)).isTrue();
    assertThat(setbacks.wanted().admits(Announcements.of(1, 1, 1, 0))).isTrue();
    assertThat(setbacks.awaits(10 + PATIENCE_NANOS)).isFalse();
  }
}
