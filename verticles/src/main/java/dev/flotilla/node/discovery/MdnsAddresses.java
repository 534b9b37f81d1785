package dev.flotilla.node.discovery;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** On which of this machine's addresses a node speaks mDNS. */
final class MdnsAddresses {
  /** A machine with many bridges and containers has more than anyone would look for. */
  static final int MAX_ADDRESSES = 8;

  private MdnsAddresses() {}

  /**
   * A network card as far as it matters here.
   *
   * @param speaksMulticast up, with multicast, neither loopback nor point-to-point
   */
  record Card(String name, boolean speaksMulticast, List<InetAddress> addresses) {}

  /**
   * Chooses addresses. Pure.
   *
   * <p>Loopback is for nodes that nobody else can reach anyway, and for machines without a network.
   * Linux delivers multicast on loopback although the interface does not say so; IPv6 it does not
   * deliver there, so that {@code ::1} is announced over {@code 127.0.0.1}.
   *
   * @param bound the address that the node is bound to; a wildcard for all
   */
  static List<InetAddress> choose(InetAddress bound, List<Card> cards) {
    if (bound.isLoopbackAddress()) {
      return List.of(bound instanceof Inet4Address ? bound : loopback());
    }
    if (!bound.isAnyLocalAddress()) {
      return List.of(bound);
    }
    List<InetAddress> chosen =
        cards.stream()
            .filter(Card::speaksMulticast)
            .flatMap(card -> preferred(card.addresses()).stream())
            .limit(MAX_ADDRESSES)
            .toList();
    return chosen.isEmpty() ? List.of(loopback()) : chosen;
  }

  private static Optional<InetAddress> preferred(List<InetAddress> addresses) {
    List<Supplier<Stream<InetAddress>>> preferences =
        List.of(
            () -> addresses.stream().filter(Inet4Address.class::isInstance),
            () -> addresses.stream().filter(address -> !address.isLinkLocalAddress()),
            addresses::stream);
    return preferences.stream().flatMap(Supplier::get).findFirst();
  }

  /** This machine's network cards now. */
  static List<Card> cards() throws SocketException {
    return Collections.list(NetworkInterface.getNetworkInterfaces()).stream()
        .map(MdnsAddresses::card)
        .toList();
  }

  private static Card card(NetworkInterface card) {
    return new Card(
        card.getName(), speaksMulticast(card), Collections.list(card.getInetAddresses()));
  }

  private static boolean speaksMulticast(NetworkInterface card) {
    try {
      return card.isUp()
          && card.supportsMulticast()
          && !card.isLoopback()
          && !card.isPointToPoint();
    } catch (SocketException gone) {
      return false;
    }
  }

  private static InetAddress loopback() {
    return InetAddress.ofLiteral("127.0.0.1");
  }
}
