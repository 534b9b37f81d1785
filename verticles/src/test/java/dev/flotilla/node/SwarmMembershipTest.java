package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that die, stop, move or lose each other: the swarm is right again by itself. */
@Timeout(400)
class SwarmMembershipTest {
  private static final String[] ALL = {"first", "second", "third"};
  private static final int ROUNDS = 20;
  private static final int LONG_STOP_SECONDS = 60;

  @TempDir private Path folder;

  private final List<RelayedPorts> ports = new ArrayList<>();
  private LocalSwarm swarm;

  @BeforeEach
  void begin() throws Exception {
    RelayedPorts.assumeUsable();
    swarm = new LocalSwarm(folder);
    for (String name : ALL) {
      RelayedPorts own = new RelayedPorts(ports.size() + 1);
      ports.add(own);
      swarm.run(name, own.options());
    }
    swarm.awaitMembers(ALL);
  }

  @AfterEach
  void end() throws Exception {
    if (swarm != null) {
      swarm.close();
    }
    for (RelayedPorts each : ports) {
      each.close();
    }
  }

  @Test
  void theSwarmIsRightAgainByItself() throws Exception {
    die();
    stop(0);
    part();
    move();
  }

  @Test
  @Tag("soak")
  @Timeout(7200)
  void itIsRightAgainEveryTime() throws Exception {
    for (int round = 1; round <= ROUNDS; round++) {
      long died = die();
      long stopped = stop(LONG_STOP_SECONDS);
      long parted = part();
      System.out.printf(
          "round %d: right again %d ms after a restart, %d ms after a stop, %d ms after a parting%n",
          round, died, stopped, parted);
    }
  }

  /** A node dies without a word and is started again; it is itself. */
  private long die() throws Exception {
    String id = swarm.idOf("third", swarm.node("first"));
    swarm.kill("third");
    swarm.awaitMembers("first", "second");
    long started = System.nanoTime();
    swarm.run("third", ports.get(2).options());
    swarm.awaitMembers(ALL);
    assertThat(swarm.idOf("third", swarm.node("first"))).isEqualTo(id);
    return millisSince(started);
  }

  /** A machine sleeps until the others have given it up, and so long more, and wakes up. */
  private long stop(int seconds) throws Exception {
    signal("STOP");
    try {
      swarm.awaitMembers("first", "second");
      TimeUnit.SECONDS.sleep(seconds);
    } finally {
      signal("CONT");
    }
    long woken = System.nanoTime();
    swarm.awaitMembers(ALL);
    return millisSince(woken);
  }

  private void signal(String signal) throws Exception {
    String process = Long.toString(swarm.node("third").process().pid());
    Process kill = new ProcessBuilder("kill", "-" + signal, process).start();
    Assumptions.assumeTrue(kill.waitFor() == 0, "this machine can't stop processes");
  }

  /** No node reaches another; then all do. */
  private long part() throws Exception {
    ports.forEach(each -> each.setCut(true));
    for (String name : ALL) {
      LocalSwarm.awaitMembers(swarm.node(name), name);
    }
    ports.forEach(each -> each.setCut(false));
    long healed = System.nanoTime();
    swarm.awaitMembers(ALL);
    return millisSince(healed);
  }

  /** A node comes back at another address with other ports. */
  private void move() throws Exception {
    swarm.stop("third");
    RelayedPorts elsewhere = new RelayedPorts(ports.size() + 1);
    ports.add(elsewhere);
    swarm.run("third", elsewhere.options());
    swarm.awaitMembers(ALL);
    assertThat(LocalSwarm.address(swarm.node("first"), "third", "link")).startsWith("127.0.2.4:");
  }

  private static long millisSince(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
  }
}
