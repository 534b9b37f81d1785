package dev.flotilla.engine.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.flotilla.engine.ComputeDevices;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class BackendDevicesTest {
  private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

  private final ComputeDevices found = NativeTests.library().devices();

  @Test
  void whatTheProcessorCanIsMadeUseOf() throws IOException {
    assumeThat(System.getProperty("os.arch")).isEqualTo("amd64");
    assumeThat(PROCESSORS).exists();
    boolean hasAvx2 = Files.readString(PROCESSORS).contains(" avx2 ");
    assertThat(found.cpuFeatures().contains("AVX2")).isEqualTo(hasAvx2);
  }

  @Test
  void theProcessorHasTheNameThatTheSystemGivesIt() throws IOException {
    assumeThat(PROCESSORS).exists();
    assumeThat(Files.readString(PROCESSORS)).contains("model name");
    assertThat(Files.readString(PROCESSORS)).contains(": " + found.cpu() + "\n");
  }

  @Test
  void featuresAreNamesOfSomeLetters() {
    assertThat(found.cpuFeatures()).isNotEmpty().allMatch(name -> name.matches("[A-Z0-9_=]{2,32}"));
  }

  @Test
  void theCpuBackendSeesNoGpu() {
    assertThat(found.gpus()).isEmpty();
  }
}
