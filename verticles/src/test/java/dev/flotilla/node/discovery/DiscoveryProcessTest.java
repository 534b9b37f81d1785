package dev.flotilla.node.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.flotilla.tokens.PeerAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** mDNS between processes: on one machine, and on three that are network namespaces. */
class DiscoveryProcessTest {
  private static final int HOSTS = 3;

  private final String swarm = UUID.randomUUID().toString();
  private final String prefix = "fl" + ProcessHandle.current().pid() % 100_000;
  private final List<DiscoveryProcess> processes = new ArrayList<>();
  private boolean hasNetwork;

  @AfterEach
  void close() throws Exception {
    for (DiscoveryProcess process : processes) {
      process.close();
    }
    if (hasNetwork) {
      for (int host = 1; host <= HOSTS; host++) {
        ip("netns", "delete", name(host));
      }
      ip("link", "delete", prefix + "br");
    }
  }

  @Test
  void processesOfOneMachineFindEachOther() throws Exception {
    for (int port : List.of(5711, 5712, 5713)) {
      processes.add(DiscoveryProcess.start(List.of(), swarm, new PeerAddress("127.0.0.1", port)));
    }
    Eventually.await("each has found both others", () -> all(2));
    assertThat(processes.getFirst().found())
        .containsExactlyInAnyOrder("127.0.0.1:5712", "127.0.0.1:5713");
  }

  @Test
  void hostsOfOneNetworkFindEachOther() throws Exception {
    assumeTrue(isPrivileged(), "needs root and ip netns: no network namespaces here");
    createNetwork();
    for (int host = 1; host <= HOSTS; host++) {
      processes.add(
          DiscoveryProcess.start(
              List.of("ip", "netns", "exec", name(host)), swarm, new PeerAddress("0.0.0.0", 5701)));
    }
    Eventually.await("each has found both others", () -> all(2));
    assertThat(processes.getFirst().found())
        .containsExactlyInAnyOrder("10.213.0.2:5701", "10.213.0.3:5701");

    // A host whose address changes is found at the new one without being started anew.
    inHost(2, "addr", "delete", "10.213.0.2/24", "dev", "eth0");
    inHost(2, "addr", "add", "10.213.0.9/24", "dev", "eth0");
    Eventually.await(
        "found at its new address", () -> processes.getFirst().found().contains("10.213.0.9:5701"));
  }

  private boolean all(int peers) {
    return processes.stream().allMatch(process -> process.found().size() == peers);
  }

  private void createNetwork() throws Exception {
    hasNetwork = true;
    ip("link", "add", prefix + "br", "type", "bridge");
    ip("link", "set", prefix + "br", "up");
    for (int host = 1; host <= HOSTS; host++) {
      String cable = prefix + "v" + host;
      ip("netns", "add", name(host));
      ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", name(host));
      ip("link", "set", cable, "master", prefix + "br", "up");
      inHost(host, "addr", "add", "10.213.0." + host + "/24", "dev", "eth0");
      inHost(host, "link", "set", "lo", "up");
      inHost(host, "link", "set", "eth0", "up");
    }
  }

  private String name(int host) {
    return prefix + "h" + host;
  }

  private void inHost(int host, String... arguments) throws Exception {
    ip(Stream.concat(Stream.of("-n", name(host)), Stream.of(arguments)).toArray(String[]::new));
  }

  private static boolean isPrivileged() throws InterruptedException {
    String probe = "flprobe" + ProcessHandle.current().pid() % 100_000;
    try {
      ip("netns", "add", probe);
      ip("netns", "delete", probe);
      return true;
    } catch (IOException unprivileged) {
      return false;
    }
  }

  private static void ip(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(10, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new IOException(String.join(" ", command) + ": " + output);
    }
  }
}
