package dev.flotilla.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.cli.Repository;
import dev.flotilla.cli.doctor.Finding.Blocking;
import dev.flotilla.cli.doctor.Finding.Doubtful;
import dev.flotilla.cli.doctor.Finding.Fine;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChecksTest {

  @TempDir private Path folder;

  @Test
  void wantsANewJava() {
    assertThat(Checks.java(25)).isInstanceOf(Fine.class);
    assertThat(Checks.java(21)).isInstanceOf(Blocking.class);
  }

  @Test
  void wantsAStateFolderThatCanBeWritten() throws IOException {
    Path state = folder.resolve("a/b");
    Path file = Files.createFile(folder.resolve("file"));

    assertThat(Checks.stateDir(state)).isInstanceOf(Fine.class);
    assertThat(state).isEmptyDirectory();
    assertThat(Checks.stateDir(file.resolve("state"))).isInstanceOf(Blocking.class);
  }

  @Test
  void wantsAFreePort() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThat(Checks.address("127.0.0.1", taken.getLocalPort()))
          .isInstanceOfSatisfying(
              Blocking.class, finding -> assertThat(finding.remedy()).contains("--address"));
    }
    assertThat(Checks.address("127.0.0.1", 0)).isInstanceOf(Fine.class);
    assertThat(Checks.address("no such host", 0)).isInstanceOf(Blocking.class);
  }

  @Test
  void wantsModelsThatAreWhole() throws IOException {
    Path model = Repository.models().resolve("stories260K.gguf");
    byte[] half = Arrays.copyOf(Files.readAllBytes(model), 500_000);
    Path truncated = Files.write(folder.resolve("half.gguf"), half);

    assertThat(Checks.model(model)).isInstanceOf(Fine.class);
    assertThat(Checks.model(truncated)).isInstanceOf(Blocking.class);
    assertThat(Checks.model(folder.resolve("none.gguf"))).isInstanceOf(Blocking.class);
  }

  @Test
  void doubtsThatABigModelFits() {
    assertThat(Checks.memory(8L << 30, 4L << 30)).isInstanceOf(Fine.class);
    assertThat(Checks.memory(4L << 30, 4L << 30)).isInstanceOf(Doubtful.class);
  }

  @Test
  void showsSizesInFittingUnits() {
    assertThat(Sizes.bytes(0)).isEqualTo("0 B");
    assertThat(Sizes.bytes(1536)).isEqualTo("1.5 KiB");
    assertThat(Sizes.bytes(3L << 40)).isEqualTo("3.0 TiB");
    assertThat(Sizes.count(260_000)).isEqualTo("260 K");
    assertThat(Sizes.count(1_100_000_000)).isEqualTo("1.1 B");
  }
}
