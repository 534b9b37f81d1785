package dev.flotilla.node.instances;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.federation.state.ModelEntry;
import dev.flotilla.federation.state.Placement;
import dev.flotilla.federation.state.Placement.Status;
import dev.flotilla.federation.state.Replacement;
import dev.flotilla.node.instances.InstanceHost.Files;
import dev.flotilla.node.instances.Reconciliation.Running;
import dev.flotilla.node.instances.Reconciliation.Step;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReconciliationTest {
  private static final String SELF = "a".repeat(64);
  private static final String OTHER = "b".repeat(64);
  private static final Files FILES = new Files(Map.of("m", "digest-m", "n", "digest-n"), Set.of());

  private static Placement placed(String id, String model, Status status, String... nodes) {
    return Views.placement(id, model, status, nodes);
  }

  private static List<Step> steps(
      Files files, Map<String, Running> running, Placement... placements) {
    return Reconciliation.steps(
        Views.state(
            List.of(),
            List.of(new ModelEntry("m", 4, 1, "digest-m"), new ModelEntry("n", 4, 1, "digest-n")),
            List.of(placements)),
        SELF,
        running,
        files);
  }

  private static Running running(String model, Status status) {
    return new Running(model, false, status, "");
  }

  @Test
  void aHeadSetsUpWhatItIsToDriveAndNothingElse() {
    Placement own = placed("p", "m", Status.READY, SELF, OTHER);
    Placement others = placed("q", "n", Status.READY, OTHER, SELF);
    assertThat(steps(FILES, Map.of(), own, others)).containsExactly(new Step.Start(own));
  }

  @Test
  void whatIsAsItShouldBeNeedsNothing() {
    Placement own = placed("p", "m", Status.READY, SELF);
    assertThat(steps(FILES, Map.of("p", running("m", Status.READY)), own)).isEmpty();
  }

  @Test
  void whatIsNotWantedIsTakenDownOnce() {
    assertThat(steps(FILES, Map.of("p", running("m", Status.READY))))
        .containsExactly(new Step.Stop("p"));
    assertThat(steps(FILES, Map.of("p", new Running("m", true, Status.READY, "")))).isEmpty();
    assertThat(
            steps(
                FILES,
                Map.of("p", running("m", Status.READY)),
                placed("p", "m", Status.READY, OTHER)))
        .containsExactly(new Step.Stop("p"));
  }

  @Test
  void aModelsNextPipelineWaitsUntilTheLastIsGone() {
    Placement next = placed("q", "m", Status.PLACED, SELF);
    assertThat(steps(FILES, Map.of("p", new Running("m", true, Status.READY, "")), next)).isEmpty();
    assertThat(steps(FILES, Map.of("p", running("m", Status.READY)), next))
        .containsExactly(new Step.Stop("p"));
    assertThat(steps(FILES, Map.of(), next)).containsExactly(new Step.Start(next));
  }

  @Test
  void theSwarmIsToldOfEveryChangeAndOfNothingElse() {
    Placement own = placed("p", "m", Status.PLACED, SELF);
    assertThat(steps(FILES, Map.of("p", running("m", Status.PLACED)), own)).isEmpty();
    assertThat(steps(FILES, Map.of("p", running("m", Status.READY)), own))
        .containsExactly(new Step.Report("p", "p", Status.READY, ""));
    assertThat(steps(FILES, Map.of("p", new Running("m", false, Status.FAILED, "corrupt")), own))
        .containsExactly(new Step.Report("p", "p", Status.FAILED, "corrupt"));
  }

  @Test
  void withoutTheFileThatWasMeantAPipelineFailsUntilItIsThere() {
    Placement own = placed("p", "m", Status.PLACED, SELF);
    Files none = new Files(Map.of(), Set.of());
    Files another = new Files(Map.of("m", "digest-x"), Set.of());
    for (Files files : List.of(none, another)) {
      assertThat(steps(files, Map.of(), own))
          .containsExactly(
              new Step.Report("p", "p", Status.FAILED, "its head has no file of the model"));
    }
    Placement failed =
        new Placement(
            "p", "m", own.stages(), false, Status.FAILED, "its head has no file of the model");
    assertThat(steps(none, Map.of(), failed)).isEmpty();
    assertThat(steps(FILES, Map.of(), failed)).containsExactly(new Step.Start(failed));
  }

  @Test
  void aModelThatTheNodeServesAnywayIsNotServedTwice() {
    Files served = new Files(Map.of("m", "digest-m"), Set.of("m"));
    assertThat(steps(served, Map.of(), placed("p", "m", Status.PLACED, SELF)))
        .singleElement()
        .isInstanceOf(Step.Report.class);
  }

  @Test
  void repeatedStepsEndInWhatWasDecided() {
    Placement one = placed("p", "m", Status.PLACED, SELF);
    Placement two = placed("q", "n", Status.PLACED, SELF, OTHER);
    Map<String, Running> running = new HashMap<>(Map.of("old", running("n", Status.READY)));
    for (int round = 0; round < 3; round++) {
      for (Step step : steps(FILES, running, one, two)) {
        switch (step) {
          case Step.Start(Placement placement) ->
              running.put(placement.pipelineId(), running(placement.modelId(), Status.PLACED));
          case Step.Stop(String pipelineId) -> running.remove(pipelineId);
          case Step.StartBeside _, Step.HandOver _, Step.Report _ -> {}
        }
      }
    }
    assertThat(running).containsOnlyKeys("p", "q");
    assertThat(steps(FILES, running, one, two)).isEmpty();
  }

  private static Placement replacing(Status status, String nextHead) {
    return placed("p", "m", status, SELF, OTHER)
        .with(
            new Replacement(
                "next", Views.placement("x", "m", Status.PLACED, nextHead).stages(), "faster"));
  }

  private static Running beside(String id, Status status) {
    return new Running("m", Optional.of(id), false, status, "");
  }

  @Test
  void aReplacementIsBuiltBesideWhatServes() {
    Placement own = replacing(Status.READY, SELF);
    assertThat(steps(FILES, Map.of("p", running("m", Status.READY)), own))
        .containsExactly(new Step.StartBeside(own.replaced(), "p"));
    Map<String, Running> both =
        Map.of("p", running("m", Status.READY), "next", beside("p", Status.PLACED));
    assertThat(steps(FILES, both, own)).isEmpty();
    Map<String, Running> ready =
        Map.of("p", running("m", Status.READY), "next", beside("p", Status.READY));
    assertThat(steps(FILES, ready, own))
        .containsExactly(new Step.Report("p", "next", Status.READY, ""));
  }

  @Test
  void afterARestartWhatServesComesFirst() {
    Placement own = replacing(Status.READY, SELF);
    assertThat(steps(FILES, Map.of(), own)).containsExactly(new Step.Start(own));
    Placement loads = replacing(Status.PLACED, SELF);
    assertThat(steps(FILES, Map.of("p", running("m", Status.PLACED)), loads)).isEmpty();
    Placement failed = replacing(Status.FAILED, SELF);
    assertThat(steps(FILES, Map.of("p", running("m", Status.FAILED)), failed))
        .containsExactly(
            new Step.Report("p", "next", Status.FAILED, "what it is to replace has failed"));
  }

  @Test
  void sessionsGoOverOnceItIsDecidedAndTheNextOneIsReady() {
    Placement decided = replacing(Status.READY, SELF).replaced();
    Map<String, Running> ready =
        Map.of("p", running("m", Status.READY), "next", beside("p", Status.READY));
    assertThat(steps(FILES, ready, decided))
        .contains(new Step.HandOver("p", "next"))
        .doesNotContain(new Step.Stop("p"));
    Map<String, Running> lost =
        Map.of("p", running("m", Status.READY), "next", beside("p", Status.PLACED));
    assertThat(steps(FILES, lost, decided)).as("it serves on").isEmpty();
  }

  @Test
  void whatIsGivenUpOrTakenDownIsStopped() {
    Map<String, Running> both =
        Map.of("p", running("m", Status.READY), "next", beside("p", Status.READY));
    assertThat(steps(FILES, both, placed("p", "m", Status.READY, SELF, OTHER)))
        .containsExactly(new Step.Stop("next"));
    assertThat(steps(FILES, both))
        .containsExactlyInAnyOrder(new Step.Stop("p"), new Step.Stop("next"));
  }

  @Test
  void aReplacementElsewhereIsAPipelineOfItsOwnThere() {
    Placement moves =
        placed("p", "m", Status.READY, OTHER)
            .with(
                new Replacement("next", placed("x", "m", Status.PLACED, SELF).stages(), "faster"));
    assertThat(steps(FILES, Map.of(), moves)).containsExactly(new Step.Start(moves.replaced()));
    Map<String, Running> ready = Map.of("next", running("m", Status.READY));
    assertThat(steps(FILES, ready, moves))
        .containsExactly(new Step.Report("p", "next", Status.READY, ""));
    Placement left = replacing(Status.READY, OTHER);
    assertThat(steps(FILES, Map.of("p", running("m", Status.READY)), left)).isEmpty();
    assertThat(steps(FILES, Map.of("p", running("m", Status.READY)), left.replaced()))
        .containsExactly(new Step.Stop("p"));
  }
}
