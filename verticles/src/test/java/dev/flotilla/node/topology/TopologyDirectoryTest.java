package dev.flotilla.node.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.flotilla.engine.ComputeDevices;
import dev.flotilla.sharding.plan.Link;
import dev.flotilla.sharding.plan.NodeProfile;
import dev.flotilla.sharding.plan.NodeRole;
import dev.flotilla.sharding.plan.PowerSource;
import dev.flotilla.sharding.plan.Topology;
import dev.flotilla.tokens.NodeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TopologyDirectoryTest {
  private static final NodeId HEAD = new NodeId("a".repeat(64));
  private static final NodeId WORKER = new NodeId("b".repeat(64));

  private static NodeReport report(long lent, NodeReport.Way... ways) {
    return new NodeReport(
        100,
        80,
        lent,
        lent,
        2,
        "Linux",
        ComputeDevices.UNKNOWN,
        0,
        PowerSource.MAINS,
        Map.of(),
        Map.of(),
        List.of(),
        List.of(ways));
  }

  private static NodeReport.Way way(NodeId from, double millis, int samples, double age) {
    return new NodeReport.Way(from.hex(), millis, 0, 0, samples, age);
  }

  @Test
  void aHeadUsesItsOwnMemoryAndWhatOthersLend() {
    Topology topology =
        TopologyDirectory.topology(
            Map.of(HEAD.hex(), report(0), WORKER.hex(), report(50)), HEAD.hex());
    assertThat(node(topology, HEAD).memory().usableBytes()).isEqualTo(80);
    assertThat(node(topology, WORKER).memory().usableBytes()).isEqualTo(50);
    Topology other =
        TopologyDirectory.topology(
            Map.of(HEAD.hex(), report(0), WORKER.hex(), report(50)), WORKER.hex());
    assertThat(node(other, HEAD).roles()).isEqualTo(Set.of(NodeRole.GATEWAY));
  }

  private static NodeProfile node(Topology topology, NodeId id) {
    return topology.nodes().stream()
        .filter(node -> node.nodeId().equals(id.hex()))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aWayIsTrustedMoreTheMoreAndTheLaterItWasMeasured() {
    assertThat(confidence(way(HEAD, 2, 5, 1))).isEqualTo(1);
    assertThat(confidence(way(HEAD, 2, 1, 1))).isEqualTo(0.2, within(1e-9));
    assertThat(confidence(way(HEAD, 2, 5, 600))).isEqualTo(0.1, within(1e-9));
  }

  @Test
  void aMachineThatHasNotReportedIsNobodysTwin() {
    NodeReport told = NodeReportCodecTest.REPORT;
    TopologyDirectory directory =
        new TopologyDirectory(() -> List.of(HEAD, WORKER), System::nanoTime);
    directory.heard(HEAD, told);
    assertThat(directory.areTwins(List.of(HEAD))).isTrue();
    assertThat(directory.areTwins(List.of(HEAD, WORKER))).isFalse();
    directory.heard(WORKER, told);
    assertThat(directory.areTwins(List.of(HEAD, WORKER))).isTrue();
  }

  private static double confidence(NodeReport.Way way) {
    Topology topology =
        TopologyDirectory.topology(
            Map.of(HEAD.hex(), report(0), WORKER.hex(), report(50, way)), HEAD.hex());
    Link link = topology.links().getFirst();
    assertThat(link.from()).isEqualTo(HEAD.hex());
    assertThat(link.to()).isEqualTo(WORKER.hex());
    assertThat(link.rttSeconds()).isEqualTo(0.002, within(1e-9));
    return link.confidence();
  }

  @Test
  void whoHasLeftOrSaysNothingIsForgotten() {
    AtomicLong now = new AtomicLong();
    Set<NodeId> members = new HashSet<>(Set.of(HEAD, WORKER));
    TopologyDirectory directory = new TopologyDirectory(() -> members, now::get);
    directory.heard(HEAD, report(0));
    directory.heard(WORKER, report(50));
    assertThat(directory.reports()).containsOnlyKeys(HEAD.hex(), WORKER.hex());
    members.remove(WORKER);
    assertThat(directory.reports()).containsOnlyKeys(HEAD.hex());
    now.addAndGet(21_000_000_000L);
    assertThat(directory.reports()).isEmpty();
  }

  @Test
  void theLeastRoundTripOfLateCountsAndARateIsWithoutIt() {
    WayMeter meter = new WayMeter();
    assertThat(meter.way("x", 0)).isEmpty();
    meter.roundTrip(5, 0);
    meter.roundTrip(2, 0);
    meter.roundTrip(9, 0);
    meter.transfer(1_000_000, 12);
    NodeReport.Way way = meter.way("x", 3_000_000_000L).orElseThrow();
    assertThat(way.roundTripMillis()).isEqualTo(2);
    assertThat(way.bytesPerSecond()).isEqualTo(1e8, within(1.0));
    assertThat(way.samples()).isEqualTo(3);
    assertThat(way.ageSeconds()).isEqualTo(3);
  }

  @Test
  void linuxTellsWhereThePowerComesFrom(@TempDir Path supplies) throws IOException {
    assertThat(Machine.power(supplies.resolve("none"))).isEqualTo(PowerSource.UNKNOWN);
    Path battery = Files.createDirectory(supplies.resolve("BAT0"));
    Files.writeString(battery.resolve("type"), "Battery\n");
    Files.writeString(battery.resolve("status"), "Discharging\n");
    assertThat(Machine.power(supplies)).isEqualTo(PowerSource.BATTERY);
    Path mains = Files.createDirectory(supplies.resolve("AC"));
    Files.writeString(mains.resolve("type"), "Mains\n");
    Files.writeString(mains.resolve("online"), "1\n");
    assertThat(Machine.power(supplies)).isEqualTo(PowerSource.MAINS);
  }
}
