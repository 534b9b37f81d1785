package dev.flotilla.cli.config;

import dev.flotilla.node.OptionException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.stream.Collectors;

/** An address that ports of this machine can listen on. */
final class LocalAddress {
  private LocalAddress() {}

  /**
   * The address, or that of a host's name.
   *
   * @param option that it was given with
   * @throws OptionException if no network interface of this machine has it
   */
  static String require(String option, String text) {
    try {
      InetAddress address = InetAddress.getByName(text);
      if (!address.isAnyLocalAddress() && NetworkInterface.getByInetAddress(address) == null) {
        throw new OptionException(
            option,
            "no network interface of this machine has the address %s; there are %s"
                .formatted(text, known()));
      }
      return address instanceof Inet4Address ? address.getHostAddress() : text;
    } catch (UnknownHostException _) {
      throw new OptionException(option, text + " is not an address, and no host is known by it");
    } catch (SocketException e) {
      throw new OptionException(
          option, "this machine's network interfaces can't be read: " + e.getMessage());
    }
  }

  private static String known() throws SocketException {
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .map(InetAddress::getHostAddress)
        .collect(Collectors.joining(", "));
  }
}
