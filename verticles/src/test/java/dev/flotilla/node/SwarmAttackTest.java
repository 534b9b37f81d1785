package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import dev.flotilla.net.FreePorts;
import dev.flotilla.tokens.Invite;
import dev.flotilla.tokens.NodeIdentity;
import dev.flotilla.tokens.NodeRole;
import dev.flotilla.tokens.PeerAddress;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What strangers get from the ports of real nodes: nothing, and a line in the audit log. */
@Timeout(180)
class SwarmAttackTest {
  private static final String CLUSTER = "cluster";
  private static final String BUS = "event bus";
  private static final String LINK = "link";
  private static final String NO_TLS = "cluster: this is no TLS handshake";

  /** A server says what is wrong and that it closes, and no more. */
  private static final int TLS_ALERT_BYTES = 7;

  @TempDir private static Path folder;

  private static LocalSwarm swarm;
  private static Map<String, PeerAddress> ports = Map.of();

  @BeforeAll
  static void start() throws Exception {
    swarm = new LocalSwarm(folder);
    int busPort = FreePorts.tcp();
    RunningNode node =
        swarm.run("first", "--bus-port", Integer.toString(busPort), "--memory", "64MiB");
    ports =
        Map.of(
            CLUSTER, PeerAddress.parse(LocalSwarm.address(node, "first", "cluster")),
            BUS, new PeerAddress("127.0.0.1", busPort),
            LINK, PeerAddress.parse(LocalSwarm.address(node, "first", "link")));
    swarm.run("second");
    swarm.awaitMembers("first", "second");
  }

  @AfterAll
  static void stop() {
    if (swarm != null) {
      swarm.close();
    }
  }

  private static PeerAddress port(String plane) {
    return Objects.requireNonNull(ports.get(plane));
  }

  @Test
  void aCertificateOfAnotherSwarmOpensNothing() throws Exception {
    var forged = Attacker.forged(swarm.token());
    refusedOnEveryPlane(
        Attacker.with(forged, Clock.systemUTC(), folder), "OTHER_SWARM: the certificate is of");
  }

  @Test
  void anExpiredCertificateOpensNothing() throws Exception {
    Clock longAgo = Clock.offset(Clock.systemUTC(), Duration.ofDays(-30));
    Attacker late = Attacker.with(swarm.token(), longAgo, folder);
    refusedOnEveryPlane(late, "EXPIRED: the certificate of node " + shortened(late) + " ended");
  }

  @Test
  void aNodeThatWasThrownOutOpensNothing() throws Exception {
    Attacker member = Attacker.with(swarm.token(), Clock.systemUTC(), folder);
    assertThat(member.request(port(LINK), "GET /nothing", "")).startsWith("HTTP/1.1 404");
    swarm.revoke("first", member.id().orElseThrow().hex());
    refusedOnEveryPlane(member, "REVOKED: node " + shortened(member) + " was thrown out on");
  }

  @Test
  void anEngineProcessKeyOpensNothing() throws Exception {
    refusedOnEveryPlane(
        Attacker.withLinkCredentials(swarm.token()), "MALFORMED: a certificate is not a node's");
  }

  @ParameterizedTest
  @CsvSource({
    "worker, /link, open sessions",
    "worker, /stages, place models",
    "worker, /shapes/0, place models",
    "gateway, /stages, place models",
    "gateway, /shapes/0, place models",
    "gateway, /slices/0, fetch slices"
  })
  void aRoleOpensWhatItPermits(String role, String path, String permission) throws Exception {
    Attacker invited = Attacker.as(NodeRole.of(role), swarm.token(), folder);
    assertThat(invited.request(port(LINK), "POST " + path, "{}")).startsWith("HTTP/1.1 403");
    awaitRefusal(
        "link %s: ROLE: node %s is a %s and may not %s"
            .formatted(path, shortened(invited), role, permission));

    // The control: who may is answered, whatever the answer to such a request is.
    Attacker member = Attacker.as(NodeRole.NODE, swarm.token(), folder);
    assertThat(member.request(port(LINK), "POST " + path, "{}"))
        .doesNotStartWith("HTTP/1.1 403")
        .doesNotContain("there is nothing here");
  }

  private static String shortened(Attacker attacker) {
    return attacker.id().orElseThrow().shortened();
  }

  private static void refusedOnEveryPlane(Attacker attacker, String reason) throws Exception {
    for (String plane : List.of(CLUSTER, BUS, LINK)) {
      long before = refusals(plane + ": " + reason);
      assertThat(attacker.send(port(plane), "HZC".getBytes(StandardCharsets.US_ASCII)))
          .as(plane)
          .isEmpty();
      awaitRefusalAfter(before, plane + ": " + reason);
    }
  }

  /** Waits until a node's audit log holds a refusal. */
  private static void awaitRefusal(String reason) throws Exception {
    awaitRefusalAfter(0, reason);
  }

  private static void awaitRefusalAfter(long before, String reason) throws Exception {
    LocalSwarm.await(() -> refusals(reason) > before);
  }

  private static long refusals(String reason) throws IOException {
    return swarm
        .log("first")
        .lines()
        .filter(line -> line.contains("WARN  audit: REFUSED") && line.contains(reason))
        .count();
  }

  @Test
  void withoutACertificateOnlyTheEnrolmentDeskAnswers() throws Exception {
    Attacker nobody = Attacker.anonymous();
    for (String plane : List.of(CLUSTER, BUS)) {
      assertThat(nobody.send(port(plane), new byte[] {1})).as(plane).isEmpty();
    }
    for (String plane : List.of(CLUSTER, BUS)) {
      awaitRefusal(plane + ": (certificate_required) Empty client certificate chain");
    }
    assertThat(nobody.request(port(LINK), "GET /nothing", "")).startsWith("HTTP/1.1 404");
    assertThat(nobody.request(port(LINK), "POST /enrol/invite", "{}")).startsWith("HTTP/1.1 403");
    awaitRefusal("enrolment: the field nonce is missing");
    assertThat(nobody.request(port(LINK), "POST /enrol/nonce", "{}")).startsWith("HTTP/1.1 200");
  }

  @Test
  void withoutTlsNothingAnswers() throws Exception {
    long before = refusals(NO_TLS);
    for (String plane : List.of(CLUSTER, BUS, LINK)) {
      byte[] answer =
          Attacker.sendPlain(port(plane), ping(swarm.idOf("first", swarm.node("first"))));
      assertThat(answer.length).as(plane).isLessThanOrEqualTo(2 * TLS_ALERT_BYTES);
    }
    awaitRefusalAfter(before, NO_TLS);
    for (String plane : List.of(BUS, LINK)) {
      awaitRefusal(plane + ": not an SSL/TLS record");
    }
  }

  @Test
  void theEventBusListensToMembersOnly() throws Exception {
    byte[] ping = ping(swarm.idOf("first", swarm.node("first")));
    Attacker stranger = Attacker.with(Attacker.forged(swarm.token()), Clock.systemUTC(), folder);
    assertThat(stranger.send(port(BUS), ping)).isEmpty();
    assertThat(swarm.log("first")).doesNotContain("flotilla.ping");

    // The control: a member's certificate opens the port, and the unsigned message is refused.
    Attacker member = Attacker.with(swarm.token(), Clock.systemUTC(), folder);
    member.say(port(BUS), ping);
    awaitRefusal("event bus, flotilla.ping");
  }

  /** A message as Vert.x's event bus sends it, to an address that every node serves. */
  private static byte[] ping(String nodeId) {
    Buffer body = Buffer.buffer().appendByte((byte) 2).appendByte((byte) 11);
    body.appendByte((byte) 0);
    appendText(body, "flotilla.ping/" + nodeId);
    appendText(body, "__vertx.reply." + nodeId);
    appendText(body, nodeId);
    body.appendInt(Integer.BYTES);
    body.appendInt(3).appendBytes(new byte[] {1, 2, 3});
    return Buffer.buffer().appendInt(body.length()).appendBuffer(body).getBytes();
  }

  private static void appendText(Buffer to, String text) {
    to.appendInt(text.length()).appendString(text);
  }

  @Test
  void aStockMemberWithTheClustersNameStaysAlone() throws Exception {
    Config config = new Config();
    config.setClusterName(swarm.token().swarm().clusterName());
    config.setProperty("hazelcast.phone.home.enabled", "false");
    config.setProperty("hazelcast.max.join.seconds", "5");
    config.setProperty("hazelcast.logging.type", "slf4j");
    config.getJetConfig().setEnabled(false);
    config.getNetworkConfig().setPort(FreePorts.tcp());
    config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
    var join = config.getNetworkConfig().getJoin();
    join.getMulticastConfig().setEnabled(false);
    join.getAutoDetectionConfig().setEnabled(false);
    join.getTcpIpConfig().setEnabled(true).addMember(port(CLUSTER).toString());
    long before = refusals(NO_TLS);
    AtomicInteger members = new AtomicInteger();
    Thread stock = Thread.ofPlatform().daemon().start(() -> members.set(membersOf(config)));
    awaitRefusalAfter(before, NO_TLS);
    stock.interrupt();
    assertThat(members).hasValueLessThanOrEqualTo(1);
    swarm.awaitMembers("first", "second");
  }

  /** How many members a stock member finds; none if it does not even start. */
  private static int membersOf(Config config) {
    try {
      HazelcastInstance stock = Hazelcast.newHazelcastInstance(config);
      try {
        return stock.getCluster().getMembers().size();
      } finally {
        stock.getLifecycleService().terminate();
      }
    } catch (IllegalStateException neverJoined) {
      return 0;
    }
  }

  @Test
  void anEnrolmentCountsOnce() throws Exception {
    Attacker newcomer = Attacker.anonymous();
    Invite invite = Invite.parse(swarm.invite("first", "worker", 1));
    JsonObject proof = proof(newcomer, invite);
    assertThat(newcomer.request(port(LINK), "POST /enrol/invite", proof.encode()))
        .startsWith("HTTP/1.1 200");
    assertThat(newcomer.request(port(LINK), "POST /enrol/invite", proof.encode()))
        .startsWith("HTTP/1.1 403");
    awaitRefusal("enrolment: the nonce was not given here, was used already");
    assertThat(newcomer.request(port(LINK), "POST /enrol/invite", proof(newcomer, invite).encode()))
        .startsWith("HTTP/1.1 403");
    awaitRefusal("enrolment: the invite was used 1 times");
    JsonObject fuller = proof(newcomer, invite).put("role", "full").put("uses", 9);
    assertThat(newcomer.request(port(LINK), "POST /enrol/invite", fuller.encode()))
        .startsWith("HTTP/1.1 403");
  }

  /** What a machine sends that has an invite and a fresh nonce. */
  private static JsonObject proof(Attacker newcomer, Invite invite) throws IOException {
    String answer = newcomer.request(port(LINK), "POST /enrol/nonce", "{}");
    String nonce = new JsonObject(answer.substring(answer.indexOf('{'))).getString("nonce");
    NodeIdentity identity = NodeIdentity.create(new SecureRandom());
    byte[] bound = nonce.getBytes(StandardCharsets.US_ASCII);
    return new JsonObject()
        .put("nonce", nonce)
        .put("public_key", identity.keys().getPublic().getEncoded())
        .put("proof", invite.prove(bound, identity.keys().getPublic()))
        .put("id", invite.claims().id())
        .put("role", invite.claims().role().label())
        .put("generation", invite.claims().generation())
        .put("expires", invite.claims().expires().getEpochSecond())
        .put("uses", invite.claims().uses());
  }
}
