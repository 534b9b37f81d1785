package dev.flotilla.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FreePortsTest {
  @Test
  void noneIsHandedOutTwiceOrGivenToConnections() throws IOException {
    Set<Integer> ports = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      ports.add(FreePorts.tcp());
      ports.add(FreePorts.udp());
    }
    assertThat(ports).hasSize(200).allMatch(port -> port >= 10_000 && port < 32_768);
  }

  @Test
  void aPortInUseIsPassedOver() throws IOException {
    int taken = FreePorts.tcp(3) + 4;
    try (ServerSocket _ = new ServerSocket(taken, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      int first = FreePorts.tcp(3);
      assertThat(List.of(first, first + 1, first + 2)).doesNotContain(taken);
    }
  }
}
