package dev.flotilla.node;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * The swarm's ports of a node, which tells others another loopback address than the one that it
 * listens on: there a relay stands for each port, so that all that comes to the node comes through.
 */
final class RelayedPorts implements AutoCloseable {
  private static final List<String> PLANES = List.of("cluster", "bus", "link");

  private final List<TcpRelay> relays = new ArrayList<>();
  private final List<String> options = new ArrayList<>();

  /**
   * Relays to a node that does not run yet.
   *
   * @param number of the node, 1 to 200: its address follows from it
   */
  RelayedPorts(int number) throws IOException {
    String own = "127.0.0.1";
    String told = "127.0.2." + number;
    options.addAll(List.of("--bind", own, "--advertise", told));
    for (String plane : PLANES) {
      int port = freePort(own);
      relays.add(
          new TcpRelay(
              new InetSocketAddress(InetAddress.ofLiteral(told), port),
              new InetSocketAddress(InetAddress.ofLiteral(own), port)));
      options.addAll(List.of("--" + plane + "-port", Integer.toString(port)));
    }
  }

  /** Skips a test where only one address of loopback can be used. */
  static void assumeUsable() {
    try (ServerSocket probe = new ServerSocket()) {
      probe.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.2.1"), 0));
    } catch (IOException e) {
      Assumptions.abort("this machine has one loopback address only: " + e.getMessage());
    }
  }

  private static int freePort(String host) throws IOException {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.ofLiteral(host))) {
      return probe.getLocalPort();
    }
  }

  /** What the node is started with. */
  String[] options() {
    return options.toArray(String[]::new);
  }

  void setCut(boolean broken) {
    relays.forEach(relay -> relay.setCut(broken));
  }

  /** Closes the connections that there are; new ones may be made. */
  void reset() {
    relays.forEach(TcpRelay::reset);
  }

  List<TcpRelay> relays() {
    return relays;
  }

  @Override
  public void close() throws IOException {
    for (TcpRelay relay : relays) {
      relay.close();
    }
  }
}
