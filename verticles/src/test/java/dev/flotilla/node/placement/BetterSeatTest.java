package dev.flotilla.node.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.flotilla.gguf.GgufModel;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.gguf.SharedFiles;
import dev.flotilla.node.placement.BetterSeat.Move;
import dev.flotilla.sharding.plan.Constraints;
import dev.flotilla.sharding.plan.LayerCost;
import dev.flotilla.sharding.plan.Link;
import dev.flotilla.sharding.plan.ModelShape;
import dev.flotilla.sharding.plan.NodeProfile;
import dev.flotilla.sharding.plan.NodeRole;
import dev.flotilla.sharding.plan.PowerSource;
import dev.flotilla.sharding.plan.Topology;
import dev.flotilla.tokens.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BetterSeatTest {
  private static final double FAST = 0.001;
  private static final double SLOW = 0.010;
  private static final Seat OWN = seat(0, 1, 'f');
  private static final Seat FIRST = seat(1, 3, '1');
  private static final Seat LAST = seat(3, 5, '2');

  private ModelShape shape;
  private final List<NodeProfile> machines = new ArrayList<>();

  private static Seat seat(int from, int to, char digit) {
    return new Seat(new LayerRange(from, to), 1 << 20, node(digit));
  }

  private static NodeId node(char digit) {
    return new NodeId(String.valueOf(digit).repeat(64));
  }

  @BeforeEach
  void readModel() throws Exception {
    shape = ModelShape.of("m", GgufModel.read(SharedFiles.require("models/stories260K.gguf")));
  }

  private void machine(char digit, double layerSeconds) {
    machine(digit, layerSeconds, 1 << 30, PowerSource.MAINS);
  }

  private void machine(char digit, double layerSeconds, long bytes, PowerSource power) {
    machines.add(
        new NodeProfile(
            node(digit).hex(),
            new NodeProfile.Memory(bytes, bytes, bytes),
            1,
            power,
            Map.of(),
            Set.of(NodeRole.WORKER),
            layerSeconds == 0
                ? Map.of()
                : Map.of(shape.costKey(), new LayerCost(1000, layerSeconds / 10, layerSeconds))));
  }

  private Optional<Move> find() {
    List<Link> links = new ArrayList<>();
    for (NodeProfile from : machines) {
      for (NodeProfile to : machines) {
        if (!from.equals(to)) {
          links.add(new Link(from.nodeId(), to.nodeId(), 0.0002, 1e9, 0, 0, 1));
        }
      }
    }
    Constraints constraints = Constraints.DEFAULT.withPinned(Set.of(OWN.worker().hex()), Set.of());
    return new BetterSeat(new Topology(machines, links), shape, constraints)
        .find(OWN, List.of(FIRST, LAST));
  }

  @Test
  void theSlowestStageMovesToTheFastestWorkerThatIsFree() {
    machine('f', FAST);
    machine('1', FAST);
    machine('2', SLOW);
    machine('3', 2 * FAST);
    machine('4', FAST);

    Move move = find().orElseThrow();
    assertThat(move.from()).isEqualTo(LAST);
    assertThat(move.to()).isEqualTo(LAST.at(node('4')));
    assertThat(move.speedup()).isCloseTo(23.6 / 5.6, within(1.0));
  }

  @Test
  void nothingIsFasterThanTheFastest() {
    machine('f', FAST);
    machine('1', FAST);
    machine('2', FAST);
    machine('3', SLOW);

    assertThat(find().orElseThrow().speedup()).isLessThan(1);
  }

  @Test
  void onlyMeasuredMachinesWithRoomAreLookedAt() {
    machine('f', FAST);
    machine('1', SLOW);
    machine('2', SLOW);
    machine('3', 0);
    machine('4', FAST, 1000, PowerSource.MAINS);
    machine('5', FAST, 1 << 30, PowerSource.BATTERY);

    assertThat(find()).isEmpty();
  }

  @Test
  void aPipelineWithAnUnknownMachineStays() {
    machine('f', FAST);
    machine('1', SLOW);
    machine('2', 0);
    machine('3', FAST);

    assertThat(find()).isEmpty();
  }

  @Test
  void aPipelineWhoseWorkerIsGoneStays() {
    machine('f', FAST);
    machine('1', SLOW);
    machine('3', FAST);

    assertThat(find()).isEmpty();
  }
}
