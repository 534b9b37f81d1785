package dev.flotilla.node.instances;

import static dev.flotilla.node.instances.Views.MIB;
import static dev.flotilla.node.instances.Views.MODEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.federation.state.ModelEntry;
import dev.flotilla.federation.state.Placement;
import dev.flotilla.federation.state.Placement.Status;
import dev.flotilla.federation.state.SwarmState;
import dev.flotilla.node.topology.NodeReport;
import dev.flotilla.sharding.plan.Objective;
import dev.flotilla.sharding.plan.Plan;
import dev.flotilla.sharding.plan.PlanReport;
import dev.flotilla.sharding.plan.Rejection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class InstancePlannerTest {
  private static final String A = Views.id('a');
  private static final String B = Views.id('b');
  private static final String C = Views.id('c');
  private static final String DIGEST = "digest";
  private static final long ROOM = 1000 * MIB;

  /** A and B have the file, C lends memory. */
  private final Map<String, NodeReport> reports =
      new HashMap<>(
          Map.of(
              A, Views.report(ROOM, Views.offer(DIGEST, false)),
              B, Views.report(ROOM, Views.offer(DIGEST, false)),
              C, Views.report(ROOM)));

  private Map<String, Long> room = Map.of(A, ROOM, B, ROOM, C, ROOM);

  private SwarmView view(Placement... placements) {
    SwarmState state =
        Views.state(
            room.entrySet().stream()
                .map(entry -> Views.member(entry.getKey(), entry.getValue()))
                .toList(),
            List.of(new ModelEntry(MODEL, Views.LAYERS, 1, DIGEST)),
            List.of(placements));
    return Views.view(state, reports, Map.of(C, ROOM));
  }

  private static InstancePlanner planner(SwarmView view) {
    return new InstancePlanner(view, view.contents(MODEL).orElseThrow(), Views.SHAPE);
  }

  private static PlacementWish wish(int minNodes, Set<String> only, Set<String> excluded) {
    return new PlacementWish(
        MODEL,
        false,
        9,
        Objective.LATENCY,
        minNodes,
        8,
        Set.of(),
        new NodeChoice(only, Set.of(), excluded, Map.of()));
  }

  private static PlanReport plan(SwarmView view, int minNodes) {
    return planner(view).plan(wish(minNodes, Set.of(), Set.of()));
  }

  private static String headOf(PlanReport report) {
    return report.best().orElseThrow().stages().getFirst().nodeId();
  }

  @Test
  void aHeadHasTheFileAndOthersLend() {
    assertThat(headOf(plan(view(), 1))).isIn(A, B);
    PlanReport two = plan(view(), 2);
    assertThat(headOf(two)).isIn(A, B);
    assertThat(two.best().orElseThrow().stages().getLast().nodeId()).isEqualTo(C);
    assertThat(plan(view(), 3).plans()).isEmpty();
  }

  @Test
  void nodesThatAreNotWantedAreLeftOut() {
    assertThat(headOf(planner(view()).plan(wish(1, Set.of(B), Set.of())))).isEqualTo(B);
    assertThat(headOf(planner(view()).plan(wish(1, Set.of(), Set.of(B))))).isEqualTo(A);
    assertThat(planner(view()).plan(wish(2, Set.of(A, B), Set.of())).plans()).isEmpty();
    assertThat(planner(view()).plan(wish(1, Set.of(C), Set.of())).plans()).isEmpty();
  }

  @Test
  void everyNodeHasTheLabelsThatAreAskedFor() {
    NodeReport owner = Views.report(ROOM, Views.offer(DIGEST, false));
    reports.put(B, Views.labelled(owner, Map.of("room", "office", "rack", "3")));
    reports.put(C, Views.labelled(Views.report(ROOM), Map.of("room", "office")));
    assertThat(headOf(choosing(1, Set.of(), Map.of("room", "office")))).isEqualTo(B);
    PlanReport two = choosing(2, Set.of(), Map.of("room", "office"));
    assertThat(nodesOf(two)).containsExactly(B, C);
    assertThat(two.rejections())
        .contains(new Rejection(A, Rejection.Reason.LABEL, "it is not labelled room=office"));
    assertThat(choosing(2, Set.of(), Map.of("room", "office", "rack", "3")).plans()).isEmpty();
    assertThat(choosing(1, Set.of(), Map.of("room", "attic")).plans()).isEmpty();
  }

  @Test
  void nodesThatArePinnedAreInEveryPlan() {
    assertThat(choosing(1, Set.of(C), Map.of()).plans())
        .isNotEmpty()
        .allSatisfy(plan ->
            assertThat(plan.stages()).extracting(Plan.Stage::nodeId).hasSize(2).contains(C));
    assertThat(headOf(choosing(1, Set.of(B), Map.of()))).isEqualTo(B);
    assertThat(choosing(1, Set.of(A, B), Map.of()).plans()).as("B lends nothing to A").isEmpty();
    assertThat(choosing(1, Set.of(Views.id('d')), Map.of()).plans()).isEmpty();
  }

  private PlanReport choosing(int minNodes, Set<String> pinned, Map<String, String> labels) {
    NodeChoice nodes = new NodeChoice(Set.of(), pinned, Set.of(), labels);
    return planner(view())
        .plan(new PlacementWish(MODEL, false, 9, Objective.LATENCY, minNodes, 8, Set.of(), nodes));
  }

  private static List<String> nodesOf(PlanReport report) {
    return report.best().orElseThrow().stages().stream().map(Plan.Stage::nodeId).toList();
  }

  @Test
  void aHeadHasOnePipelineOfAModel() {
    Placement first = Views.placement("p", MODEL, Status.READY, A);
    assertThat(headOf(plan(view(first), 1))).isEqualTo(B);
    Placement second = Views.placement("q", MODEL, Status.READY, B);
    assertThat(plan(view(first, second), 1).rejections())
        .extracting(Rejection::detail)
        .contains("it drives a pipeline of the model already");
  }

  @Test
  void anotherFileOfTheNameAndOneThatIsServedAnywayAreNoPlace() {
    reports.put(A, Views.report(ROOM, Views.offer("another", false)));
    reports.put(B, Views.report(ROOM, Views.offer(DIGEST, true)));
    PlanReport report = plan(view(), 1);
    assertThat(report.plans()).isEmpty();
    assertThat(report.rejections())
        .extracting(Rejection::detail)
        .contains(
            "its file of that name is another one",
            "it serves the model anyway, as it was started with it");
  }

  @Test
  void whatIsDecidedButNotLoadedYetCountsAsTaken() {
    room = Map.of(A, 500 * MIB, B, 100 * MIB, C, 0L);
    assertThat(headOf(plan(view(), 1))).isEqualTo(A);
    Placement other = Views.placement("p", "other", Status.PLACED, A);
    assertThat(plan(view(other), 1).plans()).isEmpty();
  }

  @Test
  void theFileThatWasAgreedOnHasTheName() {
    reports.put(A, Views.report(ROOM, Views.offer("another", false)));
    assertThat(view().contents(MODEL).orElseThrow().digest()).isEqualTo(DIGEST);
    reports.put(B, Views.report(ROOM));
    assertThat(view().contents(MODEL).orElseThrow().digest()).isEqualTo("another");
    assertThat(view(Views.placement("p", MODEL, Status.READY, B)).contents(MODEL)).isEmpty();
    assertThat(view().contents("unknown")).isEmpty();
  }

  @Test
  void aPlanOfSomebodyElsesIsPricedAndChecked() {
    Placement placement =
        planner(view()).placement("p", List.of(new StageWish(A, 0, 3), new StageWish(C, 3, 4)));
    assertThat(placement.stages())
        .extracting(Placement.StageAt::memoryBytes)
        .containsExactly(330 * MIB, 110 * MIB);

    assertRefused("instance.stages");
    assertRefused("instance.stages[0].node", new StageWish(C, 0, 4));
    assertRefused("instance.stages[0].node", new StageWish(Views.id('d'), 0, 4));
    assertRefused("instance.stages[0].from", new StageWish(A, 1, 4));
    assertRefused("instance.stages[0].to", new StageWish(A, 0, 5));
    assertRefused("instance.stages[0].to", new StageWish(A, 0, 3));
    assertRefused("instance.stages[1].node", new StageWish(A, 0, 2), new StageWish(B, 2, 4));
    assertRefused("instance.stages[1].node", new StageWish(A, 0, 2), new StageWish(A, 2, 4));
    assertRefused("instance.stages[1].from", new StageWish(A, 0, 2), new StageWish(C, 3, 4));
    room = Map.of(A, ROOM, B, ROOM, C, 50 * MIB);
    assertRefused("instance.stages[1].node", new StageWish(A, 0, 2), new StageWish(C, 2, 4));
  }

  private void assertRefused(String field, StageWish... stages) {
    assertThatThrownBy(() -> planner(view()).placement("p", List.of(stages)))
        .isInstanceOfSatisfying(
            InstanceException.class, e -> assertThat(e.field()).contains(field));
  }

  @Test
  void shapesTravelUnchanged() {
    assertThat(ShapeJson.shape(ShapeJson.json(Views.SHAPE))).isEqualTo(Views.SHAPE);
    assertThatThrownBy(() -> ShapeJson.shape(ShapeJson.json(Views.SHAPE).put("kv", "x")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ShapeJson.shape(ShapeJson.json(Views.SHAPE).put("active", -1)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
