package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.net.FreePorts;
import dev.flotilla.tokens.PeerAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Connections that send noise, thousands on each port, while the swarm goes on answering. */
@Timeout(600)
class SwarmFloodTest {
  private static final int CONNECT_MILLIS = 20_000;
  private static final int OPEN_AT_ONCE = 100;
  private static final int MAX_GARBAGE_BYTES = 400;
  private static final int ANSWER_SECONDS = 10;

  @TempDir private Path folder;

  @Test
  void garbageOnEveryPortDoesNotDisturb() throws Exception {
    flood(500);
  }

  @Test
  @Tag("soak")
  void tenThousandConnectionsOnEveryPortDoNotDisturb() throws Exception {
    flood(10_000);
  }

  private void flood(int connections) throws Exception {
    long seed = Long.getLong("flotilla.seed", System.nanoTime());
    System.out.println("seed " + seed);
    try (LocalSwarm swarm = new LocalSwarm(folder)) {
      int busPort = FreePorts.tcp();
      RunningNode node = swarm.run("first", "--bus-port", Integer.toString(busPort));
      swarm.run("second");
      swarm.awaitMembers("first", "second");
      PeerAddress link = PeerAddress.parse(LocalSwarm.address(node, "first", "link"));
      Map<String, PeerAddress> ports = new LinkedHashMap<>();
      ports.put("cluster", PeerAddress.parse(LocalSwarm.address(node, "first", "cluster")));
      ports.put("bus", new PeerAddress("127.0.0.1", busPort));
      ports.put("link", link);
      for (var port : ports.entrySet()) {
        long before = refusals(node);
        long began = System.nanoTime();
        int answers =
            answersMeanwhile(swarm, () -> garbage(port.getValue(), connections, new Random(seed)));
        System.out.printf(
            "%d connections on the %s port took %d ms, %d answers meanwhile%n",
            connections,
            port.getKey(),
            TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began),
            answers);
        // Of those that say less than a TLS record's head, nothing can be told but that they go.
        LocalSwarm.await(() -> refusals(node) - before > connections / 2);
      }
      Attacker member = Attacker.with(swarm.token(), Clock.systemUTC(), folder);
      assertThat(member.request(link, "GET /nothing", "")).startsWith("HTTP/1.1 404");
      swarm.awaitMembers("first", "second");
      // The audit log writes so many a second; what it leaves out, it counts.
      assertThat(swarm.log("first")).contains("more refusals were not written");
      assertThat(swarm.log("first").lines().filter(line -> !line.contains("audit")).count())
          .as("nobody else writes a line for every stranger")
          .isLessThan(connections / 2);
    }
  }

  /**
   * Asks both nodes again and again while something goes on; each answer comes in time.
   *
   * @return how many answers came
   */
  private static int answersMeanwhile(LocalSwarm swarm, Callable<?> doing) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> done = threads.submit(doing);
      int asked = 0;
      while (!done.isDone()) {
        for (String name : List.of("first", "second")) {
          Future<Set<String>> answer = threads.submit(() -> LocalSwarm.names(swarm.node(name)));
          assertThat(answer.get(ANSWER_SECONDS, TimeUnit.SECONDS))
              .containsExactly("first", "second");
          asked++;
        }
      }
      done.get();
      assertThat(asked).isPositive();
      return asked;
    }
  }

  /** How many refusals a node has counted. */
  private static long refusals(RunningNode node) throws Exception {
    return node.get("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith("flotilla_audit_events_total{event=\"refused\"}"))
        .mapToLong(line -> (long) Double.parseDouble(line.substring(line.indexOf(' ') + 1)))
        .sum();
  }

  private static int garbage(PeerAddress port, int connections, Random noise) throws IOException {
    Deque<Socket> open = new ArrayDeque<>();
    for (int i = 0; i < connections; i++) {
      Socket socket = new Socket();
      open.add(socket);
      socket.connect(
          new InetSocketAddress(InetAddress.ofLiteral(port.host()), port.port()), CONNECT_MILLIS);
      byte[] garbage = new byte[1 + noise.nextInt(MAX_GARBAGE_BYTES)];
      noise.nextBytes(garbage);
      try {
        socket.getOutputStream().write(garbage);
      } catch (SocketException refusedAlready) {
        assertThat(refusedAlready).hasMessageMatching("(?i).*(broken pipe|reset|abort).*");
      }
      if (open.size() > OPEN_AT_ONCE) {
        open.remove().close();
      }
    }
    for (Socket socket : open) {
      socket.close();
    }
    return connections;
  }
}
