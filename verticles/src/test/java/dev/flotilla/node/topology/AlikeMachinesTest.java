package dev.flotilla.node.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.engine.ComputeDevices;
import dev.flotilla.sharding.plan.LayerCost;
import dev.flotilla.sharding.plan.PowerSource;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class AlikeMachinesTest {
  private static final ComputeDevices SERVER =
      new ComputeDevices("EPYC", List.of("AVX2", "AVX512"), List.of());
  private static final ComputeDevices LAPTOP =
      new ComputeDevices("Core", List.of("AVX2"), List.of());

  @Test
  void twinsThatWereMeasuredNearlyAlikeCountAsEquallyFast() {
    Map<String, Map<String, LayerCost>> costs =
        costs(Map.of("a", report(SERVER, cost(1.0, 10)), "b", report(SERVER, cost(1.2, 11))));

    assertThat(costs).containsEntry("a", cost(1.1, 10.5)).containsEntry("b", cost(1.1, 10.5));
  }

  @Test
  void aTwinThatIsMuchSlowerStaysSo() {
    Map<String, NodeReport> reports =
        Map.of(
            "a", report(SERVER, cost(1, 10)),
            "slow in reading", report(SERVER, cost(1.5, 10)),
            "slow in all", report(SERVER, cost(2, 20)));

    assertThat(costs(reports)).isEqualTo(measured(reports));
  }

  @Test
  void aRowOfSmallStepsDoesNotMakeTheLastAsFastAsTheFirst() {
    Map<String, Map<String, LayerCost>> costs =
        costs(
            Map.of(
                "a", report(SERVER, cost(1, 10)),
                "b", report(SERVER, cost(1, 12)),
                "c", report(SERVER, cost(1, 14))));

    assertThat(costs)
        .containsEntry("a", cost(1, 11))
        .containsEntry("b", cost(1, 11))
        .containsEntry("c", cost(1, 14));
  }

  @Test
  void machinesThatDifferOrAreUnknownAreAsTheyWereMeasured() {
    Map<String, NodeReport> reports =
        Map.of(
            "server", report(SERVER, cost(1, 10)),
            "laptop", report(LAPTOP, cost(1, 11)),
            "untold", report(ComputeDevices.UNKNOWN, cost(1, 10)),
            "untold too", report(ComputeDevices.UNKNOWN, cost(1, 11)));

    assertThat(costs(reports)).isEqualTo(measured(reports));
  }

  @Test
  void aTwinThatWasNotMeasuredStaysUnmeasured() {
    Map<String, NodeReport> reports =
        Map.of("a", report(SERVER, cost(1, 10)), "b", report(SERVER, Map.of()));

    assertThat(costs(reports)).isEqualTo(measured(reports));
  }

  @Test
  void twinsHaveTheSameProcessorAndHaveToldSo() {
    NodeReport server = report(SERVER, Map.of());
    NodeReport untold = report(ComputeDevices.UNKNOWN, Map.of());
    assertThat(AlikeMachines.areTwins(List.of(server, report(SERVER, cost(1, 2))))).isTrue();
    assertThat(AlikeMachines.areTwins(List.of(server, report(LAPTOP, Map.of())))).isFalse();
    ComputeDevices other = new ComputeDevices("Xeon", SERVER.cpuFeatures(), SERVER.gpus());
    assertThat(AlikeMachines.areTwins(List.of(server, report(other, Map.of())))).isFalse();
    assertThat(AlikeMachines.areTwins(List.of(server, untold))).isFalse();
    assertThat(AlikeMachines.areTwins(List.of(untold, untold))).isFalse();
  }

  private static Map<String, Map<String, LayerCost>> costs(Map<String, NodeReport> reports) {
    AlikeMachines alike = new AlikeMachines(reports);
    return reports.entrySet().stream()
        .collect(
            Collectors.toMap(
                Map.Entry::getKey, entry -> alike.layerCosts(entry.getKey(), entry.getValue())));
  }

  private static Map<String, Map<String, LayerCost>> measured(Map<String, NodeReport> reports) {
    return reports.entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue().layerCosts()));
  }

  private static Map<String, LayerCost> cost(double prefillSeconds, double decodeSeconds) {
    return Map.of("llama", new LayerCost(1_000, prefillSeconds, decodeSeconds));
  }

  private static NodeReport report(ComputeDevices devices, Map<String, LayerCost> costs) {
    return new NodeReport(
        100,
        80,
        50,
        50,
        2,
        "Linux",
        devices,
        0,
        PowerSource.MAINS,
        Map.of(),
        costs,
        List.of(),
        List.of());
  }
}
