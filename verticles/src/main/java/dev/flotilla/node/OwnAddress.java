package dev.flotilla.node;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Under which address others may reach this node. */
final class OwnAddress {

  private OwnAddress() {}

  /**
   * The address that others are told: what the user says, else what is listened on, never a
   * wildcard.
   *
   * @throws UnknownHostException if the address to listen on is a name that nobody knows
   */
  static String advertised(SwarmOptions options) throws UnknownHostException {
    if (options.advertiseHost().isPresent()) {
      return options.advertiseHost().get();
    }
    InetAddress bound = InetAddress.getByName(options.bindHost());
    return bound.isAnyLocalAddress() ? ofThisMachine() : bound.getHostAddress();
  }

  /**
   * Whether {@link #advertised} may change while the node runs: the user has said neither what it
   * is nor where to listen.
   */
  static boolean mayChange(SwarmOptions options) throws UnknownHostException {
    return options.advertiseHost().isEmpty()
        && InetAddress.getByName(options.bindHost()).isAnyLocalAddress();
  }

  private static String ofThisMachine() {
    return preferred(ofCards()).orElse(InetAddress.getLoopbackAddress()).getHostAddress();
  }

  /** IPv4 before IPv6. */
  private static Optional<InetAddress> preferred(List<InetAddress> addresses) {
    return addresses.stream().min(Comparator.comparingInt(address -> address.getAddress().length));
  }

  /**
   * The address to advertise in place of another that this machine does not have any more; empty if
   * it still has it, or has none. Pure.
   *
   * @param advertised loopback on a machine that had no network
   * @param present the addresses of this machine
   */
  static Optional<String> successor(String advertised, List<InetAddress> present) {
    boolean isPresent =
        present.stream().anyMatch(address -> address.getHostAddress().equals(advertised));
    return isPresent ? Optional.empty() : preferred(present).map(InetAddress::getHostAddress);
  }

  /**
   * The address that a router of this machine's network knows it by; empty without a network.
   *
   * @param advertised preferred if it is one of this machine's
   */
  static Optional<InetAddress> behindRouter(String advertised) {
    List<InetAddress> present = ofCards();
    return present.stream()
        .filter(address -> address.getHostAddress().equals(advertised))
        .findFirst()
        .or(() -> preferred(present));
  }

  /** The addresses of this machine that others may reach. */
  static List<InetAddress> ofCards() {
    try {
      return NetworkInterface.networkInterfaces()
          .filter(OwnAddress::isUsable)
          .flatMap(NetworkInterface::inetAddresses)
          .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
          .map(OwnAddress::withoutZone)
          .toList();
    } catch (SocketException _) {
      return List.of();
    }
  }

  /** The name of a card of this machine means nothing to others. */
  private static InetAddress withoutZone(InetAddress address) {
    try {
      return InetAddress.getByAddress(address.getAddress());
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address of no known length", e);
    }
  }

  private static boolean isUsable(NetworkInterface network) {
    try {
      return network.isUp() && !network.isLoopback() && !network.isPointToPoint();
    } catch (SocketException _) {
      return false;
    }
  }
}
