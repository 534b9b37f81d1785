package dev.flotilla.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.node.auth.AuditLog;
import dev.flotilla.node.auth.AuditLog.Event;
import dev.flotilla.node.auth.Credentials;
import dev.flotilla.tokens.NodeIdentity;
import dev.flotilla.tokens.PeerAddress;
import dev.flotilla.tokens.SwarmFolder;
import dev.flotilla.tokens.SwarmToken;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class SwarmClusterTest {
  @TempDir private Path folder;

  private final SecureRandom random = new SecureRandom();
  private final SwarmToken token = SwarmToken.create("", Optional.empty(), random);
  private final Meeting meeting = new Meeting();
  private final List<SwarmCluster> clusters = new ArrayList<>();

  /** Everybody meets here. */
  private static final class Meeting implements Rendezvous {
    private final Set<PeerAddress> present = ConcurrentHashMap.newKeySet();

    @Override
    public void announce(PeerAddress own) {
      present.add(own);
    }

    @Override
    public Collection<PeerAddress> candidates() {
      return present;
    }
  }

  private record Node(Credentials credentials, AuditLog audit, SwarmCluster cluster) {}

  private Node start(String name, SwarmToken joinedWith) {
    AuditLog audit = new AuditLog();
    Credentials credentials =
        Credentials.ofToken(
            NodeIdentity.create(random),
            joinedWith,
            new SwarmFolder(folder.resolve(name)),
            audit,
            Clock.systemUTC());
    SwarmCluster cluster =
        SwarmCluster.start(
            new ClusterOptions(token.swarm(), credentials.id(), "127.0.0.1", "127.0.0.1", 0, 1000),
            credentials,
            audit,
            meeting);
    clusters.add(cluster);
    return new Node(credentials, audit, cluster);
  }

  @AfterEach
  void leave() {
    clusters.reversed().forEach(SwarmCluster::close);
  }

  @Test
  void membersOfOneTokenFindEachOtherAndShareState() throws Exception {
    Node first = start("first", token);
    Node second = start("second", token);
    Node third = start("third", token);

    await(() -> first.cluster().members().size() == 3);
    assertThat(third.cluster().members())
        .containsExactly(
            first.credentials().id(), second.credentials().id(), third.credentials().id());
    String large = "x".repeat(1 << 20);
    first.cluster().sharedMap("m").put("k", large);
    await(() -> third.cluster().sharedMap("m").get("k").filter(large::equals).isPresent());

    assertThat(first.cluster().tryUse("uses", "i", 0, 2)).isTrue();
    assertThat(second.cluster().tryUse("uses", "i", 0, 2)).isTrue();
    assertThat(third.cluster().tryUse("uses", "i", 0, 2)).isFalse();
  }

  @Test
  void aStrangerWithTheSwarmsNameNeverJoins() throws Exception {
    Node member = start("member", token);
    SwarmToken forged =
        new SwarmToken(
            "",
            token.swarm(),
            0,
            SwarmToken.create("", Optional.empty(), random).secret(),
            Optional.empty(),
            List.of());
    Node stranger = start("stranger", forged);

    await(() -> member.audit().count(Event.REFUSED) > 0);
    assertThat(stranger.cluster().members()).containsExactly(stranger.credentials().id());
    assertThat(member.cluster().members()).containsExactly(member.credentials().id());
  }

  @Test
  void whoIsThrownOutIsNoMemberAnyMore() throws Exception {
    Node first = start("first", token);
    Node second = start("second", token);
    Node third = start("third", token);
    await(() -> first.cluster().members().size() == 3);

    String statement = first.credentials().revocation(third.credentials().id(), "a test");
    first.credentials().accept(statement);
    second.credentials().accept(statement);

    await(() -> first.cluster().members().size() == 2 && second.cluster().members().size() == 2);
    assertThat(first.cluster().members()).doesNotContain(third.credentials().id());
  }

  static void await(BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited too long").isLessThan(deadline);
      Thread.sleep(10);
    }
  }
}
