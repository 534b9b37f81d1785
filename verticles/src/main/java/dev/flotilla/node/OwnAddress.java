package dev.flotilla.node;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Comparator;

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

  /** IPv4 before IPv6; loopback if there is no other. */
  private static String ofThisMachine() {
    try {
      return NetworkInterface.networkInterfaces()
          .filter(OwnAddress::isUsable)
          .flatMap(NetworkInterface::inetAddresses)
          .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
          .min(Comparator.comparingInt(address -> address.getAddress().length))
          .orElse(InetAddress.getLoopbackAddress())
          .getHostAddress();
    } catch (SocketException _) {
      return InetAddress.getLoopbackAddress().getHostAddress();
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
