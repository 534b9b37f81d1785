package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.tokens.PeerAddress;
import dev.flotilla.tokens.SwarmToken;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nodes that want the same ports of one machine. */
@Timeout(180)
class SwarmPortTest {
  private static final String HOST = "127.0.0.1";

  @TempDir private Path folder;

  @Test
  void portsThatOthersBoundFirstAreReplacedByFreeOnes() throws Exception {
    try (ServerSocket cluster = taken();
        ServerSocket bus = taken();
        ServerSocket link = taken();
        Swarm swarm =
            start(
                "late",
                SwarmPort.preferred(cluster.getLocalPort()),
                SwarmPort.preferred(bus.getLocalPort()),
                SwarmPort.preferred(link.getLocalPort()));
        Swarm peer = join(swarm)) {
      swarm.announceApi("http://127.0.0.1:1", "1", 0);
      NodeCard own = swarm.card(swarm.id()).orElseThrow();
      assertThat(List.of(own.cluster().port(), swarm.cluster().busPort(), own.link().port()))
          .doesNotContain(cluster.getLocalPort(), bus.getLocalPort(), link.getLocalPort())
          .allMatch(port -> port > 0)
          .doesNotHaveDuplicates();
      LocalSwarm.await(() ->
          peer.roundTripMillis(swarm.id()).isPresent()
              && swarm.roundTripMillis(peer.id()).isPresent());
    }
  }

  @Test
  void nodesThatStartInTheSameInstantShareNoPort() throws Exception {
    SwarmPort cluster = SwarmPort.preferred(free());
    SwarmPort bus = SwarmPort.preferred(free());
    SwarmPort link = SwarmPort.preferred(free());
    List<Future<Swarm>> starts = new ArrayList<>();
    List<Swarm> started = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (String name : List.of("one", "other")) {
        starts.add(threads.submit((Callable<Swarm>) () -> start(name, cluster, bus, link)));
      }
      for (Future<Swarm> start : starts) {
        started.add(start.get());
      }
      List<Integer> ports = new ArrayList<>();
      for (Swarm swarm : started) {
        ports.add(swarm.cluster().address().port());
        ports.add(swarm.cluster().busPort());
      }
      assertThat(ports)
          .doesNotHaveDuplicates()
          .contains(cluster.number(), bus.number())
          .doesNotContain(0);
    } finally {
      started.forEach(Swarm::close);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cluster-port", "bus-port", "link-port"})
  void aPortThatTheUserWantsAndAnotherProgramHasIsNamed(String option) throws Exception {
    try (ServerSocket other = taken()) {
      SwarmPort given = SwarmPort.given(other.getLocalPort());
      assertThatThrownBy(() ->
              start(
                      "unlucky",
                      option.equals("cluster-port") ? given : SwarmPort.ANY,
                      option.equals("bus-port") ? given : SwarmPort.ANY,
                      option.equals("link-port") ? given : SwarmPort.ANY)
                  .close())
          .isInstanceOfSatisfying(
              OptionException.class, wrong -> assertThat(wrong.option()).isEqualTo(option))
          .hasMessageContaining(HOST + ":" + other.getLocalPort())
          .hasMessageContaining("--" + option);
    }
  }

  @Test
  void whatIsNotThePortsFaultIsPassedOn() {
    IOException failure = new IOException("no network");
    assertThatThrownBy(() ->
            SwarmPort.preferred(1)
                .listen(
                    "link-port",
                    HOST,
                    _ -> {
                      throw failure;
                    }))
        .isSameAs(failure);
    BindException wrongHost = new BindException("Cannot assign requested address");
    assertThatThrownBy(() ->
            SwarmPort.ANY.listen(
                "link-port",
                HOST,
                _ -> {
                  throw wrongHost;
                }))
        .isSameAs(wrongHost);
  }

  private static ServerSocket taken() throws IOException {
    return new ServerSocket(0, 1, InetAddress.ofLiteral(HOST));
  }

  private static int free() throws IOException {
    try (ServerSocket probe = taken()) {
      return probe.getLocalPort();
    }
  }

  private Swarm start(String name, SwarmPort cluster, SwarmPort bus, SwarmPort link)
      throws Exception {
    return start(name, Optional.empty(), List.of(), cluster, bus, link);
  }

  private Swarm join(Swarm other) throws Exception {
    return start(
        "peer",
        other.token().map(SwarmToken::encode),
        List.of(other.cluster().address()),
        SwarmPort.ANY,
        SwarmPort.ANY,
        SwarmPort.ANY);
  }

  private Swarm start(
      String name,
      Optional<String> credential,
      List<PeerAddress> peers,
      SwarmPort cluster,
      SwarmPort bus,
      SwarmPort link)
      throws Exception {
    return LoopbackSwarm.start(folder, name, credential, peers, cluster, bus, link);
  }
}
