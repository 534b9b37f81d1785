package dev.flotilla.node.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.flotilla.gguf.GgufModel;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.gguf.SharedFiles;
import dev.flotilla.node.placement.Change.Move;
import dev.flotilla.node.placement.Change.Recut;
import dev.flotilla.sharding.plan.Constraints;
import dev.flotilla.sharding.plan.LayerCost;
import dev.flotilla.sharding.plan.Link;
import dev.flotilla.sharding.plan.ModelShape;
import dev.flotilla.sharding.plan.NodeProfile;
import dev.flotilla.sharding.plan.NodeRole;
import dev.flotilla.sharding.plan.Planner;
import dev.flotilla.sharding.plan.PowerSource;
import dev.flotilla.sharding.plan.ShardSetting;
import dev.flotilla.sharding.plan.Topology;
import dev.flotilla.tokens.NodeId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BetterPlanTest {
  private static final double FAST = 0.001;
  private static final double SLOW = 0.010;
  private static final Seat OWN = seat(0, 1, 'f');
  private static final Seat FIRST = seat(1, 3, '1');
  private static final Seat LAST = seat(3, 5, '2');

  private static final List<Seat> RUNNING = List.of(OWN, FIRST, LAST);

  private ModelShape shape;
  private ShardSetting setting = new ShardSetting.Stages(3);
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

  private Optional<Move> bestMove() {
    return bestMove(RUNNING);
  }

  private Optional<Move> bestMove(List<Seat> stages) {
    return changes(stages, Move.class).max(Comparator.comparingDouble(Move::speedup));
  }

  private Optional<Recut> recut(List<Seat> stages) {
    return changes(stages, Recut.class).findFirst();
  }

  private <C extends Change> Stream<C> changes(List<Seat> stages, Class<C> kind) {
    return plan().changes(stages).stream().filter(kind::isInstance).map(kind::cast);
  }

  private BetterPlan plan() {
    List<Link> links = new ArrayList<>();
    for (NodeProfile from : machines) {
      for (NodeProfile to : machines) {
        if (!from.equals(to)) {
          links.add(new Link(from.nodeId(), to.nodeId(), 0.0002, 1e9, 0, 0, 1));
        }
      }
    }
    return new BetterPlan(
        new Topology(machines, links),
        shape,
        setting.applyTo(Constraints.DEFAULT.withPinned(Set.of(OWN.worker().hex()), Set.of())));
  }

  @Test
  void theSlowestStageMovesToTheFastestWorkerThatIsFree() {
    machine('f', FAST);
    machine('1', FAST);
    machine('2', SLOW);
    machine('3', 2 * FAST);
    machine('4', FAST);

    Move move = bestMove().orElseThrow();
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

    assertThat(bestMove().orElseThrow().speedup()).isLessThan(1);
  }

  @Test
  void onlyMeasuredMachinesWithRoomAreLookedAt() {
    machine('f', FAST);
    machine('1', SLOW);
    machine('2', SLOW);
    machine('3', 0);
    machine('4', FAST, 1000, PowerSource.MAINS);
    machine('5', FAST, 1 << 30, PowerSource.BATTERY);

    assertThat(bestMove()).isEmpty();
  }

  @Test
  void aPipelineWithAnUnknownMachineStays() {
    machine('f', FAST);
    machine('1', SLOW);
    machine('2', 0);
    machine('3', FAST);

    assertThat(bestMove()).isEmpty();
  }

  @Test
  void aPipelineWhoseWorkerIsGoneStays() {
    machine('f', FAST);
    machine('1', SLOW);
    machine('3', FAST);

    assertThat(bestMove()).isEmpty();
  }

  @Test
  void layersGoWhereTheyAreComputedFasterThoughNoWorkerIsFree() {
    machine('f', FAST);
    machine('1', SLOW);
    machine('2', FAST);

    Recut recut = recut(RUNNING).orElseThrow();
    assertThat(layersAt(recut, '1')).isEqualTo(1);
    assertThat(recut.stages()).hasSize(3);
    assertThat(recut.stages().getFirst().worker()).isEqualTo(OWN.worker());
    assertThat(recut.speedup()).isGreaterThan(1.5).isLessThan(2);
  }

  @Test
  void twoStagesChangePlacesWhereOneMoveWouldNotDo() {
    machine('f', 4 * FAST);
    machine('1', 2 * FAST);
    machine('2', 2 * FAST);
    machine('3', FAST);
    machine('4', FAST);

    List<Seat> even = List.of(seat(0, 3, 'f'), seat(3, 4, '1'), seat(4, 5, '2'));
    assertThat(bestMove(even).orElseThrow().speedup()).isLessThan(ChangeJudge.WORTH_IT);
    Recut recut = recut(even).orElseThrow();
    assertThat(recut.stages().stream().map(Seat::worker))
        .containsExactlyInAnyOrder(OWN.worker(), node('3'), node('4'));
    assertThat(recut.speedup()).isGreaterThan(ChangeJudge.WORTH_IT);
  }

  @Test
  void thereAreMoreStagesOrFewerWhereThatIsBetter() {
    machine('f', SLOW);
    machine('1', SLOW);
    machine('2', FAST);
    setting = new ShardSetting.Auto();

    Recut fewer = recut(RUNNING).orElseThrow();
    assertThat(fewer.stages().stream().map(Seat::worker)).containsExactly(OWN.worker(), node('2'));

    List<Seat> two = List.of(seat(0, 4, 'f'), seat(4, 5, '1'));
    machines.clear();
    machine('f', SLOW);
    machine('1', FAST, roomFor(1), PowerSource.MAINS);
    machine('2', FAST, roomFor(3), PowerSource.MAINS);
    assertThat(recut(two).orElseThrow().stages()).hasSize(3);
  }

  /** Memory of the stage with the most of so many layers. */
  private long roomFor(int layers) {
    Constraints constraints = Constraints.DEFAULT;
    long most = 0;
    for (int from = 0; from + layers <= shape.layers(); from++) {
      LayerRange range = new LayerRange(from, from + layers);
      most = Math.max(most, Planner.memory(shape, range, constraints).totalBytes());
    }
    return most;
  }

  @Test
  void withoutRoomForBothNothingIsBuilt() {
    machine('f', FAST);
    machine('1', SLOW);
    machine('2', FAST, roomFor(1) / 2, PowerSource.MAINS);

    assertThat(recut(RUNNING)).isEmpty();
  }

  @Test
  void theHeadNeedsRoomForBothAsWell() {
    machine('f', FAST, 1000, PowerSource.MAINS);
    machine('1', SLOW);
    machine('2', FAST);

    assertThat(recut(RUNNING)).isEmpty();
  }

  @Test
  void cutsRestOnMeasuredMachinesAtTheMains() {
    machine('f', 4 * FAST);
    machine('1', 2 * FAST);
    machine('2', 2 * FAST);
    machine('3', 0);
    machine('4', FAST, 1 << 30, PowerSource.BATTERY);

    assertThat(recut(RUNNING).orElseThrow().stages().stream().map(Seat::worker))
        .containsExactlyInAnyOrder(OWN.worker(), node('1'), node('2'));
    machines.removeIf(machine -> machine.nodeId().equals(node('2').hex()));
    assertThat(recut(RUNNING)).isEmpty();
  }

  @Test
  void whatIsBestAlreadyGainsNothing() {
    machine('f', FAST);
    machine('1', FAST);
    machine('2', FAST);

    Recut recut = recut(RUNNING).orElseThrow();
    assertThat(recut.speedup()).isCloseTo(1, within(0.01));
    assertThat(plan().speedup(RUNNING, recut.stages())).isEqualTo(recut.speedup());
    assertThat(plan().speedup(RUNNING, List.of(OWN, FIRST, LAST.at(node('5'))))).isNaN();
  }

  private static int layersAt(Recut recut, char digit) {
    return recut.stages().stream()
        .filter(seat -> seat.worker().equals(node(digit)))
        .mapToInt(seat -> seat.layers().size())
        .sum();
  }
}
