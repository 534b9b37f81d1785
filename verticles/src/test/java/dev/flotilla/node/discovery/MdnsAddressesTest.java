package dev.flotilla.node.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.node.discovery.MdnsAddresses.Card;
import java.net.InetAddress;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MdnsAddressesTest {
  private static final Card LOOPBACK = card("lo", false, "127.0.0.1", "::1");
  private static final Card WIRED = card("eth0", true, "fe80::1", "fd00::2", "10.0.0.2");
  private static final Card WIRELESS = card("wlan0", true, "fe80::2", "fd00::3");
  private static final Card TUNNEL = card("tun0", false, "10.8.0.1");

  private static Card card(String name, boolean speaksMulticast, String... addresses) {
    return new Card(
        name, speaksMulticast, Stream.of(addresses).map(InetAddress::ofLiteral).toList());
  }

  private static List<String> choose(String bound, Card... cards) {
    return MdnsAddresses.choose(InetAddress.ofLiteral(bound), List.of(cards)).stream()
        .map(InetAddress::getHostAddress)
        .toList();
  }

  @Test
  void oneAddressOfEveryCard() {
    assertThat(choose("0.0.0.0", LOOPBACK, WIRED, WIRELESS, TUNNEL))
        .containsExactly("10.0.0.2", "fd00:0:0:0:0:0:0:3");
  }

  @Test
  void onlyWhereTheNodeIsBound() {
    assertThat(choose("10.0.0.2", LOOPBACK, WIRED, WIRELESS)).containsExactly("10.0.0.2");
  }

  @Test
  void loopbackForNodesBoundThere() {
    assertThat(choose("127.0.0.1", LOOPBACK, WIRED)).containsExactly("127.0.0.1");
    assertThat(choose("::1", LOOPBACK, WIRED)).containsExactly("127.0.0.1");
  }

  @Test
  void loopbackForMachinesWithoutNetwork() {
    assertThat(choose("::", LOOPBACK, TUNNEL)).containsExactly("127.0.0.1");
  }

  @Test
  void notOnEveryBridgeOfABusyHost() {
    Card[] bridges =
        IntStream.range(0, 100)
            .mapToObj(i -> card("br" + i, true, "172.17." + i + ".1"))
            .toArray(Card[]::new);
    assertThat(choose("0.0.0.0", bridges)).hasSize(MdnsAddresses.MAX_ADDRESSES);
  }
}
