package dev.flotilla.node.instances;

import static dev.flotilla.node.instances.Views.LAYERS;
import static dev.flotilla.node.instances.Views.MIB;
import static dev.flotilla.node.instances.Views.MODEL;
import static dev.flotilla.node.instances.Views.SHAPE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.engine.ComputeDevices;
import dev.flotilla.federation.state.Member;
import dev.flotilla.federation.state.ModelEntry;
import dev.flotilla.federation.state.Placement;
import dev.flotilla.federation.state.Placement.Status;
import dev.flotilla.federation.state.Replacement;
import dev.flotilla.federation.state.Terms;
import dev.flotilla.node.instances.BetterPlacement.Better;
import dev.flotilla.node.topology.ModelOffer;
import dev.flotilla.node.topology.NodeReport;
import dev.flotilla.sharding.plan.LayerCost;
import dev.flotilla.sharding.plan.PowerSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** A has the file and runs the model with C; better machines may come. */
class BetterPlacementTest {
  private static final String A = Views.id('a');
  private static final String B = Views.id('b');
  private static final String C = Views.id('c');
  private static final String D = Views.id('d');
  private static final String DIGEST = "digest";
  private static final double SLOW = 0.010;
  private static final double FAST = 0.001;
  private static final long SMALL = 250 * MIB;
  private static final long BIG = 1000 * MIB;
  private static final Terms TWO_STAGES = terms(2);

  private final Map<String, NodeReport> reports = new TreeMap<>();
  private final Map<String, Long> lent = new TreeMap<>();
  private final List<Member> members = new ArrayList<>();
  private final Placement running =
      Views.placement("p", MODEL, Status.READY, A, C).with(Optional.of(TWO_STAGES));

  private static Terms terms(int minNodes) {
    return new Terms(
        false, minNodes, 9, new TreeSet<>(), new TreeSet<>(), new TreeSet<>(), new TreeMap<>());
  }

  BetterPlacementTest() {
    owner(A, SLOW, BIG);
    lender(C, SLOW, BIG);
  }

  private void owner(String node, double layerSeconds, long bytes) {
    join(node, layerSeconds, bytes, PowerSource.MAINS, Views.offer(DIGEST, false));
  }

  private void lender(String node, double layerSeconds, long bytes) {
    join(node, layerSeconds, bytes, PowerSource.MAINS);
    lent.put(node, bytes);
  }

  /** A machine that is not measured where a layer takes no time. */
  private void join(
      String node, double layerSeconds, long bytes, PowerSource power, ModelOffer... files) {
    members.add(Views.member(node, bytes));
    reports.put(
        node,
        new NodeReport(
            BIG,
            BIG,
            bytes,
            bytes,
            2,
            "Linux",
            ComputeDevices.UNKNOWN,
            0,
            power,
            Map.of(),
            layerSeconds == 0
                ? Map.of()
                : Map.of(
                    SHAPE.costKey(), new LayerCost(100 * MIB, layerSeconds / 10, layerSeconds)),
            List.of(files),
            List.of()));
  }

  private BetterPlacement plans(Placement... placements) {
    SwarmView view =
        Views.view(
            Views.state(
                members, List.of(new ModelEntry(MODEL, LAYERS, 1, DIGEST)), List.of(placements)),
            reports,
            lent);
    return new BetterPlacement(view, view.contents(MODEL).orElseThrow(), SHAPE);
  }

  private Optional<Better> find(Placement placement) {
    return plans(placement).find(placement);
  }

  private static List<String> nodes(Better better) {
    return better.stages().stream().map(Placement.StageAt::nodeId).toList();
  }

  @Test
  void nothingIsFasterThanWhatRuns() {
    assertThat(find(running).orElseThrow().gain().speedup()).isLessThan(1.1);
  }

  @Test
  void aFasterMachineThatJoinedIsUsed() {
    lender(D, FAST, BIG);
    Better better = find(running).orElseThrow();
    assertThat(nodes(better)).containsExactly(A, D);
    assertThat(better.gain().speedup()).isGreaterThan(2);
    assertThat(better.change().speedup()).isEqualTo(better.gain().speedup());
    assertThat(better.gain().moveSeconds())
        .as("three layers over a fast Ethernet")
        .isBetween(3.0, 6.0);
    assertThat(better.reason()).matches("answers should come \\d+\\.\\d\\d times as fast; .*");
  }

  @Test
  void theHeadMayMoveIfTheTermsLetIt() {
    owner(B, FAST, BIG);
    Placement any = running.with(Optional.of(terms(1)));
    assertThat(nodes(find(any).orElseThrow())).containsExactly(B);
    Terms kept =
        new Terms(
            false,
            1,
            9,
            new TreeSet<>(List.of(A)),
            new TreeSet<>(),
            new TreeSet<>(),
            new TreeMap<>());
    assertThat(nodes(find(running.with(Optional.of(kept))).orElseThrow())).startsWith(A);
  }

  @Test
  void sessionsKeepTheirRoom() {
    join(B, FAST, BIG, PowerSource.MAINS, Views.offer(DIGEST, 511));
    Placement any = running.with(Optional.of(terms(1)));
    assertThat(nodes(find(any).orElseThrow())).startsWith(A);
    join(B, FAST, BIG, PowerSource.MAINS, Views.offer(DIGEST, 513));
    assertThat(nodes(find(any).orElseThrow())).containsExactly(B);
  }

  @Test
  void whatIsThereAlreadyKeepsItsRoom() {
    lender(D, FAST, SMALL);
    assertThat(find(running).orElseThrow().stages())
        .allSatisfy(stage -> assertThat(stage.memoryBytes()).isLessThanOrEqualTo(BIG))
        .anySatisfy(stage -> assertThat(stage.nodeId()).isEqualTo(D));
    Placement other =
        new Placement(
            "q",
            "other",
            List.of(new Placement.StageAt(A, 0, 1, BIG - 150 * MIB)),
            false,
            Status.READY,
            "");
    assertThat(plans(running, other).find(running)).as("no room for a stage at the head").isEmpty();
  }

  @Test
  void machinesThatAreNotMeasuredAndBatteriesAreLeftOut() {
    lender(D, 0, BIG);
    join(B, FAST, BIG, PowerSource.BATTERY);
    lent.put(B, BIG);
    assertThat(nodes(find(running).orElseThrow())).doesNotContain(B, D);
  }

  @Test
  void nothingIsSaidOfWhatIsNotKnown() {
    lender(D, FAST, BIG);
    NodeReport known = reports.get(C);
    lender(C, 0, BIG);
    assertThat(find(running)).isEmpty();
    reports.remove(C);
    assertThat(find(running)).isEmpty();
    reports.put(C, known);
    assertThat(find(running)).isPresent();
  }

  @Test
  void whatSomebodyHasPlannedOrDoesNotServeStays() {
    lender(D, FAST, BIG);
    assertThat(find(running.with(Optional.empty()))).isEmpty();
    assertThat(find(Views.placement("p", MODEL, Status.PLACED, A, C).with(Optional.of(TWO_STAGES))))
        .isEmpty();
    Replacement next = new Replacement("next", running.stages(), "");
    assertThat(find(running.with(next))).isEmpty();
  }

  @Test
  void aReplacementIsComparedWithWhatItReplaces() {
    lender(D, FAST, BIG);
    Better better = find(running).orElseThrow();
    Placement replacing = running.with(new Replacement("next", better.stages(), ""));
    assertThat(plans(replacing).speedup(replacing).orElseThrow()).isGreaterThan(2);
    Placement back = replacing.replaced().with(new Replacement("again", running.stages(), ""));
    assertThat(plans(back).speedup(back).orElseThrow()).isLessThan(1);
    reports.remove(D);
    assertThat(plans(replacing).speedup(replacing)).isEmpty();
  }
}
