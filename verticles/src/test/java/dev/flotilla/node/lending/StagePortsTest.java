package dev.flotilla.node.lending;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Stages listen where the node's owner says. */
class StagePortsTest {
  private static final String HOST = "127.0.0.1";

  @Test
  void readsARangeOrOnePort() {
    assertThat(PortRange.parse("7950-7959")).isEqualTo(new PortRange(7950, 7959));
    assertThat(PortRange.parse("7950")).isEqualTo(new PortRange(7950, 7950));
    assertThat(PortRange.parse("7950-7959")).hasToString("7950-7959");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "0-7", "-1", "7959-7950", "1-65536", "7950-", "7950-7951-7952", "a-b"})
  void refusesWhatIsNoRange(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> PortRange.parse(text));
  }

  @Test
  void takesAnyFreePortWhereNoneIsSaid() throws IOException {
    assertThat(new StagePorts(PortRange.ANY, HOST).next()).isZero();
  }

  @Test
  void failsWhereNoneIsFree() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral(HOST))) {
      int port = taken.getLocalPort();
      StagePorts one = new StagePorts(new PortRange(port, port), HOST);
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(one::next)
          .withMessageContaining(String.valueOf(port));
    }
  }
}
