package dev.flotilla.benchmarks;

import dev.flotilla.net.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What stands for a machine with one core: processes are pinned to that core. At the end of a line
 * they are reached at an address of loopback of their own, where a relay stands for each of their
 * ports.
 */
final class CoreMachine implements AutoCloseable {
  private static final String OWN = "127.0.0.1";

  private final int core;
  private final Optional<Duration> delay;
  private final List<DelayRelay> relays = new ArrayList<>();

  private CoreMachine(int core, Optional<Duration> delay) {
    this.core = core;
    this.delay = delay;
  }

  /** A machine right here. */
  static CoreMachine near(int core) {
    return new CoreMachine(core, Optional.empty());
  }

  /**
   * A machine at the end of a line.
   *
   * @param delay of everything that comes or goes
   */
  static CoreMachine far(int core, Duration delay) {
    return new CoreMachine(core, Optional.of(delay));
  }

  /** What it listens on. */
  String own() {
    return OWN;
  }

  /** What others reach it by. */
  String address() {
    return delay.isPresent() ? "127.0.2." + (core + 1) : OWN;
  }

  /** What a command begins with that runs there; see taskset(1). */
  List<String> entering() {
    return List.of("taskset", "--cpu-list", String.valueOf(core));
  }

  /** A port for one of its processes; relayed, if it is far. */
  int freePort() throws IOException {
    return freePorts(1);
  }

  /** So many of them in a row; returns the first. */
  int freePorts(int count) throws IOException {
    int first = FreePorts.tcp(count);
    if (delay.isPresent()) {
      for (int port = first; port < first + count; port++) {
        relay(port, delay.get());
      }
    }
    return first;
  }

  private void relay(int port, Duration delay) throws IOException {
    relays.add(
        new DelayRelay(
            new InetSocketAddress(InetAddress.ofLiteral(address()), port),
            new InetSocketAddress(InetAddress.ofLiteral(OWN), port),
            delay));
  }

  @Override
  public void close() throws IOException {
    for (DelayRelay relay : relays) {
      relay.close();
    }
  }
}
