package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.engine.ComputeDevices;
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
  void anEngineThatCannotUseTheGpuDoesNotHideIt() {
    devices.found(CPU);
    assertThat(devices.known()).isEqualTo(CPU);
    devices.found(GPU);
    devices.found(CPU);
    assertThat(devices.known()).isEqualTo(GPU);
  }
}
