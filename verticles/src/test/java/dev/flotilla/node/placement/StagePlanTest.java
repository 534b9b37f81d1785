package dev.flotilla.node.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.gguf.LayerRange;
import dev.flotilla.node.lending.WorkerOffer;
import dev.flotilla.tokens.NodeId;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StagePlanTest {
  private static final NodeId HEAD = new NodeId("0".repeat(64));
  private static final NodeId WORKER = new NodeId("1".repeat(64));

  @Test
  void stagesFollowEachOtherFromTheFirstLayerToTheLast() {
    StagePlan.Decided plan = new StagePlan.Decided(List.of(seat(0, 2, HEAD), seat(2, 5, WORKER)));
    plan.requireAllOf(5, HEAD);

    assertThatThrownBy(() -> plan.requireAllOf(6, HEAD)).hasMessageContaining("6 layers");
    assertThatThrownBy(() -> plan.requireAllOf(5, WORKER)).hasMessageContaining("another node's");
    assertThatThrownBy(() -> new StagePlan.Decided(List.of(seat(0, 2, HEAD), seat(3, 5, WORKER))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("follow layer 2");
    assertThatThrownBy(() -> new StagePlan.Decided(List.of(seat(1, 2, HEAD))))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aDecidedPlanWaitsForItsWorkers() throws Exception {
    List<Seat> stages = List.of(seat(0, 2, HEAD), seat(2, 5, WORKER));

    assertThat(Seats.decided(Map.of(WORKER, offer("1")), "1", stages)).isEqualTo(stages);
    assertThatThrownBy(() -> Seats.decided(Map.of(), "1", stages))
        .isInstanceOf(NoCapacityException.class)
        .hasMessageContaining(WORKER.shortened());
    assertThatThrownBy(() -> Seats.decided(Map.of(WORKER, offer("2")), "1", stages))
        .isInstanceOf(NoCapacityException.class);
  }

  private static WorkerOffer offer(String version) {
    return new WorkerOffer(version, 100, 100, 1, 0, List.of(), false);
  }

  private static Seat seat(int from, int to, NodeId node) {
    return new Seat(new LayerRange(from, to), 10, node);
  }
}
