package dev.flotilla.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.node.auth.AuditLog;
import dev.flotilla.node.auth.AuditLog.Event;
import dev.flotilla.node.auth.Credentials;
import dev.flotilla.tokens.NodeIdentity;
import dev.flotilla.tokens.PeerAddress;
import dev.flotilla.tokens.SwarmFolder;
import dev.flotilla.tokens.SwarmToken;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.EventBusOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
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
  private final List<Vertx> buses = new ArrayList<>();

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
    return start(name, joinedWith, "127.0.0.1");
  }

  private Node start(String name, SwarmToken joinedWith, String bindHost) {
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
            new ClusterOptions(token.swarm(), credentials.id(), bindHost, "127.0.0.1", 0, 1000),
            credentials,
            audit,
            meeting);
    clusters.add(cluster);
    return new Node(credentials, audit, cluster);
  }

  @AfterEach
  void leave() throws Exception {
    for (Vertx each : buses) {
      await(each.close());
    }
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

  @Test
  void whatAMemberHasHandedOutOutlivesAChangeOfItsAddress() throws Exception {
    assumeAddress("127.0.0.2");
    Node first = start("first", token, "0.0.0.0");
    Node second = start("second", token, "0.0.0.0");
    await(() -> first.cluster().members().size() == 2);
    EventBus asking = bus(first.cluster());
    EventBus answering = bus(second.cluster());
    await(answering.consumer("before", message -> message.reply("one")).completion());
    assertThat(await(asking.request("before", "")).body()).isEqualTo("one");
    SharedMap map = second.cluster().sharedMap("m");
    map.put("k", "of the second");
    List<String> heard = new CopyOnWriteArrayList<>();
    map.onPut((key, _) -> heard.add(key));
    SharedLog read = second.cluster().sharedLog("l");
    List<Integer> sizes = new CopyOnWriteArrayList<>();
    second.cluster().onMembershipChange(() -> sizes.add(second.cluster().members().size()));

    second.cluster().moveTo("127.0.0.2");

    assertThat(second.cluster().address().host()).isEqualTo("127.0.0.2");
    await(() -> second.cluster().members().size() == 2 && first.cluster().members().size() == 2);
    await(() -> sizes.contains(2));
    assertThat(first.cluster().memberAddresses()).containsExactly(second.cluster().address());
    for (SharedMap each : List.of(map, first.cluster().sharedMap("m"))) {
      await(() -> each.get("k").filter("of the second"::equals).isPresent());
    }
    first.cluster().sharedMap("m").put("later", "of the first");
    await(() -> heard.contains("later"));
    long end = read.end();
    var _ = first.cluster().sharedLog("l").append(new byte[] {7});
    assertThat(read.read(end, 1).toCompletableFuture().get(30, TimeUnit.SECONDS).items())
        .containsExactly(new byte[] {7});
    await(answering.consumer("after", message -> message.reply("two")).completion());
    for (String address : List.of("before", "after")) {
      await(() -> answered(asking, address));
    }
  }

  /** Whoever asks has still to hear where the other is now. */
  private static boolean answered(EventBus asking, String address) {
    try {
      return !await(asking.request(address, "")).body().toString().isEmpty();
    } catch (Exception notYet) {
      return false;
    }
  }

  private EventBus bus(SwarmCluster cluster) throws Exception {
    EventBusOptions options =
        new EventBusOptions()
            .setHost("0.0.0.0")
            .setClusterPublicHost("127.0.0.1")
            .setClusterPingInterval(500)
            .setClusterPingReplyInterval(500);
    Vertx vertx =
        await(
            Vertx.builder()
                .with(new VertxOptions().setEventBusOptions(options))
                .withClusterManager(cluster.eventBusManager())
                .buildClustered());
    buses.add(vertx);
    return vertx.eventBus();
  }

  private static void assumeAddress(String address) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.bind(new InetSocketAddress(InetAddress.ofLiteral(address), 0));
    } catch (IOException e) {
      Assumptions.abort("this machine does not have " + address);
    }
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  static void await(BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited too long").isLessThan(deadline);
      Thread.sleep(10);
    }
  }
}
