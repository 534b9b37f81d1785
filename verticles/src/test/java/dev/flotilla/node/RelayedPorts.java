package dev.flotilla.node;

import dev.flotilla.net.FreePorts;
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
  private static final String OWN = "127.0.0.1";
  private static final int STAGES = 4;
  private static final List<String> PLANES = List.of("cluster", "bus", "link");

  private final String told;
  private final List<TcpRelay> relays = new ArrayList<>();
  private final List<String> options = new ArrayList<>();

  /**
   * Relays to a node that does not run yet.
   *
   * @param number of the node, 1 to 200: its address follows from it
   */
  RelayedPorts(int number) throws IOException {
    told = "127.0.2." + number;
    options.addAll(List.of("--bind", OWN, "--advertise", told));
    for (String plane : PLANES) {
      options.addAll(List.of("--" + plane + "-port", Integer.toString(relay())));
    }
  }

  /** Relays to ports for stages of other nodes' models too. */
  RelayedPorts withStages() throws IOException {
    int first = FreePorts.tcp(STAGES);
    for (int port = first; port < first + STAGES; port++) {
      relay(port);
    }
    options.addAll(List.of("--stage-ports", first + "-" + (first + STAGES - 1)));
    return this;
  }

  private int relay() throws IOException {
    return relay(FreePorts.tcp());
  }

  private int relay(int port) throws IOException {
    relays.add(
        new TcpRelay(
            new InetSocketAddress(InetAddress.ofLiteral(told), port),
            new InetSocketAddress(InetAddress.ofLiteral(OWN), port)));
    return port;
  }

  /** Skips a test where only one address of loopback can be used. */
  static void assumeUsable() {
    try (ServerSocket probe = new ServerSocket()) {
      probe.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.2.1"), 0));
    } catch (IOException e) {
      Assumptions.abort("this machine has one loopback address only: " + e.getMessage());
    }
  }

  /** What the node is started with. */
  String[] options() {
    return options.toArray(String[]::new);
  }

  void setCut(boolean broken) {
    relays.forEach(relay -> relay.setCut(broken));
  }

  /** Makes the way long. */
  void setDelayMillis(long millis) {
    relays.forEach(relay -> relay.setDelayMillis(millis));
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
