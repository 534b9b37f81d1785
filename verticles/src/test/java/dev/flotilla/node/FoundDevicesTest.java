package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.engine.ComputeDevices;
import dev.flotilla.node.topology.DeviceFile;
import dev.flotilla.node.topology.MachineFile;
import dev.flotilla.node.topology.NodeReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FoundDevicesTest {
  private static final ComputeDevices CPU = new ComputeDevices("CPU", List.of("AVX2"), List.of());
  private static final ComputeDevices GPU =
      new ComputeDevices(
          "CPU",
          List.of("AVX2"),
          List.of(new ComputeDevices.Gpu("CUDA0", "NVIDIA H100", 80L << 30)));

  @TempDir private Path folder;
  private FoundDevices devices;

  @BeforeEach
  void start() {
    devices = new FoundDevices(new DeviceFile(new MachineFile(folder.resolve("devices"), "any")));
  }

  @Test
  void nothingIsKnownAtFirst() {
    assertThat(devices.known()).isEqualTo(ComputeDevices.UNKNOWN);
  }

  @Test
  void whatAReportHasNoRoomForIsLeftOut() {
    ComputeDevices.Gpu gpu = new ComputeDevices.Gpu("G\n0", "x".repeat(1_000), 1);
    devices.found(
        new ComputeDevices(
            "C\t" + "x".repeat(1_000),
            Collections.nCopies(1_000, "AVX2"),
            Collections.nCopies(1_000, gpu)));
    assertThat(devices.known().cpu()).isEqualTo("C " + "x".repeat(NodeReport.MAX_TEXT - 2));
    assertThat(devices.known().cpuFeatures()).hasSize(NodeReport.MAX_CPU_FEATURES);
    assertThat(devices.known().gpus())
        .hasSize(NodeReport.MAX_GPUS)
        .containsOnly(new ComputeDevices.Gpu("G 0", "x".repeat(NodeReport.MAX_TEXT), 1));
  }

  @Test
  void aNodeThatStartsAgainKnowsThemUntilItLooks() {
    devices.found(GPU);
    start();
    assertThat(devices.known()).isEqualTo(GPU);
    devices.found(CPU);
    assertThat(devices.known()).as("the card was taken out").isEqualTo(CPU);
    start();
    assertThat(devices.known()).isEqualTo(CPU);
  }

  @Test
  void whatIsKeptAndMakesNoSenseIsForgotten() throws IOException {
    devices.found(CPU);
    Path file = folder.resolve("devices");
    Files.writeString(file, Files.readString(file).replace("\"features\":[", "\"features\":[7,"));
    start();
    assertThat(devices.known()).isEqualTo(ComputeDevices.UNKNOWN);
  }

  @Test
  void whoeverListensHearsWhatIsNew() {
    AtomicInteger calls = new AtomicInteger();
    devices.onChange(calls::incrementAndGet);
    devices.found(CPU);
    devices.found(CPU);
    devices.found(GPU);
    devices.found(CPU);
    assertThat(calls).hasValue(2);
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
