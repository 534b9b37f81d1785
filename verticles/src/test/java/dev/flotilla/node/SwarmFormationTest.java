package dev.flotilla.node;

import dev.flotilla.net.FreePorts;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes that start cold at the same time find each other; how long it takes is printed. */
@Timeout(300)
class SwarmFormationTest {
  private static final List<String> NAMES = List.of("first", "second", "third");

  @TempDir private Path folder;

  private LocalSwarm swarm;

  @BeforeEach
  void begin() {
    swarm = new LocalSwarm(folder);
  }

  @AfterEach
  void stop() {
    swarm.close();
  }

  @Test
  @Tag("soak")
  void byMdnsAlone() throws Exception {
    formation("mDNS", List.of(), List.of());
  }

  @Test
  @Tag("soak")
  void byOnePeerAlone() throws Exception {
    String port = Integer.toString(FreePorts.tcp());
    formation(
        "one static peer",
        List.of("--no-mdns", "--cluster-port", port),
        List.of("--no-mdns", "--peer", "127.0.0.1:" + port));
  }

  @Test
  void byAPrivateDhtAlone() throws Exception {
    String port = Integer.toString(FreePorts.udp());
    List<String> dht =
        List.of("--no-mdns", "--dht", "--dht-bootstrap", "127.0.0.1:" + port, "--dht-port");
    List<String> beginning = new ArrayList<>(dht);
    beginning.add(port);
    List<String> others = new ArrayList<>(dht);
    others.add("0");
    formation("a private DHT", beginning, others);
  }

  private void formation(String way, List<String> ofFirst, List<String> ofOthers) throws Exception {
    long began = System.nanoTime();
    List<Callable<RunningNode>> starts = new ArrayList<>();
    for (String name : NAMES) {
      List<String> options = name.equals("first") ? ofFirst : ofOthers;
      starts.add(() -> swarm.discover(name, options.toArray(String[]::new)));
    }
    swarm.together(starts);
    long started = System.nanoTime();
    swarm.awaitMembers(NAMES.toArray(String[]::new));
    System.out.printf(
        "three nodes by %s: all started after %d ms, one swarm after %d ms%n",
        way, millis(started - began), millis(System.nanoTime() - began));
  }

  private static long millis(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(nanos);
  }
}
