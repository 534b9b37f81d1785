package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class OwnAddressTest {
  private static List<InetAddress> present(String... addresses) {
    return Arrays.stream(addresses).map(InetAddress::ofLiteral).toList();
  }

  @Test
  void anAddressThatTheMachineHasStays() {
    assertThat(OwnAddress.successor("10.0.0.7", present("10.0.0.7"))).isEmpty();
    assertThat(OwnAddress.successor("fd00:0:0:0:0:0:0:7", present("10.0.0.7", "fd00::7")))
        .isEmpty();
  }

  @Test
  void oneThatIsGoneIsReplaced() {
    assertThat(OwnAddress.successor("10.0.0.7", present("10.0.0.8"))).contains("10.0.0.8");
    assertThat(OwnAddress.successor("10.0.0.7", present("fd00::8", "10.0.0.8", "10.0.0.9")))
        .contains("10.0.0.8");
    assertThat(OwnAddress.successor("10.0.0.7", present("fd00::8"))).contains("fd00:0:0:0:0:0:0:8");
  }

  @Test
  void aMachineWithoutANetworkWaitsForOne() {
    assertThat(OwnAddress.successor("10.0.0.7", present())).isEmpty();
    assertThat(OwnAddress.successor("127.0.0.1", present())).isEmpty();
    assertThat(OwnAddress.successor("127.0.0.1", present("10.0.0.8"))).contains("10.0.0.8");
  }
}
