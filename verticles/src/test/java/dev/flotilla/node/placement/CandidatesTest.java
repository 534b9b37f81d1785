package dev.flotilla.node.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.gguf.LayerRange;
import dev.flotilla.node.lending.WorkerOffer;
import dev.flotilla.sharding.store.StageKey;
import dev.flotilla.tokens.NodeId;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CandidatesTest {
  private static final StageKey SLICE = new StageKey("ab".repeat(32), new LayerRange(2, 5));
  private static final NodeId ONE = node('1');
  private static final NodeId TWO = node('2');
  private static final NodeId THREE = node('3');
  private static final NodeId FOUR = node('4');

  private static NodeId node(char digit) {
    return new NodeId(String.valueOf(digit).repeat(64));
  }

  private static WorkerOffer offer(long freeBytes, StageKey... slices) {
    return new WorkerOffer("1.0", 1_000, freeBytes, 4, 0, List.of(slices), false);
  }

  private static List<NodeId> ranked(
      Map<NodeId, WorkerOffer> offers, Set<NodeId> busy, Set<NodeId> avoided) {
    return Candidates.ranked(offers, SLICE, 100, "1.0", busy, avoided);
  }

  @Test
  void whoHasTheSliceComesBeforeWhoHasMoreMemoryAndWhoIsBusyLast() {
    Map<NodeId, WorkerOffer> offers =
        Map.of(ONE, offer(900), TWO, offer(500), THREE, offer(100, SLICE), FOUR, offer(999, SLICE));
    assertThat(ranked(offers, Set.of(FOUR), Set.of())).containsExactly(THREE, ONE, TWO, FOUR);
    assertThat(ranked(offers, Set.of(), Set.of(FOUR))).containsExactly(THREE, ONE, TWO);
  }

  @Test
  void whoLacksRoomLeavesOrRunsAnotherVersionIsNone() {
    Map<NodeId, WorkerOffer> offers =
        Map.of(
            ONE,
            offer(99),
            TWO,
            new WorkerOffer("1.1", 1_000, 500, 4, 0, List.of(), false),
            THREE,
            new WorkerOffer("1.0", 1_000, 500, 4, 0, List.of(), true),
            FOUR,
            offer(100));
    assertThat(ranked(offers, Set.of(), Set.of())).containsExactly(FOUR);
  }
}
