package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.engine.ComputeDevices;
import dev.flotilla.node.topology.NodeReport;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class FoundDevicesTest {
  private static final ComputeDevices CPU = new ComputeDevices(List.of("AVX2"), List.of());
  private static final ComputeDevices GPU =
      new ComputeDevices(
          List.of("AVX2"), List.of(new ComputeDevices.Gpu("CUDA0", "NVIDIA H100", 80L << 30)));

  private final FoundDevices devices = new FoundDevices();

  @Test
  void nothingIsKnownAtFirst() {
    assertThat(devices.known()).isEqualTo(ComputeDevices.UNKNOWN);
  }

  @Test
  void whatAReportHasNoRoomForIsLeftOut() {
    ComputeDevices.Gpu gpu = new ComputeDevices.Gpu("G\n0", "x".repeat(1_000), 1);
    devices.found(
        new ComputeDevices(Collections.nCopies(1_000, "AVX2"), Collections.nCopies(1_000, gpu)));
    assertThat(devices.known().cpuFeatures()).hasSize(NodeReport.MAX_CPU_FEATURES);
    assertThat(devices.known().gpus())
        .hasSize(NodeReport.MAX_GPUS)
        .containsOnly(new ComputeDevices.Gpu("G 0", "x".repeat(NodeReport.MAX_TEXT), 1));
  }

  @Test
  void anEngineThatCannotUseTheGpuDoesNotHideIt() {
    devices.found(CPU);
    assertThat(devices.known()).isEqualTo(CPU);
    devices.found(GPU);
    devices.found(CPU);
    assertThat(devices.known()).isEqualTo(GPU);
  }
}
