package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.flotilla.federation.Stickiness;
import dev.flotilla.federation.state.Command;
import dev.flotilla.federation.state.Message;
import dev.flotilla.federation.state.MessageCodec;
import dev.flotilla.gguf.SharedFiles;
import dev.flotilla.node.auth.AuditLog;
import dev.flotilla.node.cluster.BusException;
import dev.flotilla.node.cluster.BusFailure;
import dev.flotilla.node.cluster.Call;
import dev.flotilla.node.cluster.TextCodec;
import dev.flotilla.node.cluster.Topic;
import dev.flotilla.node.cluster.WireCodec;
import dev.flotilla.node.lending.WorkerAnnouncements;
import dev.flotilla.node.lending.WorkerDirectory;
import dev.flotilla.node.upstream.UpstreamOptions;
import dev.flotilla.node.upstream.Upstreams;
import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.NodeRole;
import dev.flotilla.tokens.PeerAddress;
import dev.flotilla.tokens.Permission;
import dev.flotilla.tokens.SwarmStatement.Revocation;
import dev.flotilla.tokens.SwarmStatement.Signed;
import dev.flotilla.tokens.SwarmToken;
import dev.flotilla.tokens.TokenException;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** What invited nodes that ask for more than their role permits get from a full node. */
@Timeout(180)
class SwarmRolesTest {
  private static final long CALL_MILLIS = 10_000;

  @TempDir private static Path folder;

  private static final Audited audited = new Audited();
  private static Swarm full;
  private static SwarmDecisions decisions;
  private static Swarm worker;
  private static Swarm gateway;

  /** The lines of the audit logs of this process. */
  private static final class Audited extends ListAppender<ILoggingEvent> {
    private final List<String> lines = new CopyOnWriteArrayList<>();

    @Override
    protected void append(ILoggingEvent event) {
      lines.add(event.getFormattedMessage());
    }
  }

  /** Bytes as they are. */
  private record Raw() implements WireCodec<Buffer> {
    @Override
    public Buffer encode(Buffer message) {
      return message;
    }

    @Override
    public Buffer decode(Buffer bytes) {
      return bytes;
    }
  }

  @BeforeAll
  static void start() throws Exception {
    audited.start();
    ((Logger) LoggerFactory.getLogger(AuditLog.LOGGER)).addAppender(audited);
    full = swarm("full", Optional.empty());
    decisions = new SwarmDecisions(full, folder.resolve("full"), false);
    await(decisions.start());
    worker = swarm("worker", Optional.of(invite(NodeRole.WORKER)));
    gateway = swarm("gateway", Optional.of(invite(NodeRole.GATEWAY)));
    LocalSwarm.await(() -> full.cards().size() == 3 && worker.cards().size() == 3);
    listen();
  }

  private static String invite(NodeRole role) {
    return full.invite(role, Duration.ofHours(1), 1).encode();
  }

  /** The full node hears what a gateway does that serves models, stages and upstreams of others. */
  private static void listen() throws Exception {
    WorkerAnnouncements.follow(
        full.bus(), new WorkerDirectory(full.cluster()::members, System::nanoTime));
    GatewayOptions routing = new GatewayOptions("predicted", Map.of(), Stickiness.OFF);
    PrometheusRegistry metrics = new PrometheusRegistry();
    var federation = SwarmServing.of(full, List.of(), Map.of(), Optional.of(routing), "1", metrics);
    Upstreams none = new Upstreams(full.vertx(), UpstreamOptions.NONE, metrics);
    await(federation.start(full.peers()));
    await(
        full.vertx()
            .deployVerticle(
                new SwarmUpstreams(full.bus(), new SwarmNeighbours(full), none, true, true)));
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  private static Swarm swarm(String name, Optional<String> credential) throws Exception {
    List<PeerAddress> peers = credential.isEmpty() ? List.of() : List.of(full.cluster().address());
    Swarm swarm = LoopbackSwarm.start(folder, name, credential, peers);
    swarm.announceApi("http://127.0.0.1:1", "1", 0);
    return swarm;
  }

  @AfterAll
  static void stop() {
    if (gateway != null) {
      gateway.close();
    }
    if (worker != null) {
      worker.close();
    }
    if (full != null) {
      full.close();
    }
  }

  @Test
  void whoWasInvitedAsAGatewayIsNotStartedWithAModel() throws Exception {
    Path log = folder.resolve("hosting gateway.log");
    String model = SharedFiles.require("models/stories260K.gguf").toString();
    List<String> options =
        List.of("--token", invite(NodeRole.GATEWAY), "--model", model, "--bind", "127.0.0.1");
    List<String> arguments = new ArrayList<>(options);
    arguments.addAll(List.of("--no-mdns", "--peer", full.cluster().address().toString()));
    for (String plane : List.of("cluster", "bus", "link")) {
      arguments.addAll(List.of("--" + plane + "-port", "0"));
    }
    assertThatThrownBy(() ->
            RunningNode.startLogged(
                "run", log, folder.resolve("hosting gateway"), arguments.toArray(String[]::new)))
        .hasMessageContaining("ended before it was ready");
    assertThat(Files.readString(log)).contains("invited as a gateway, which hosts nothing");
  }

  @Test
  void itLearnsNoSecret() throws Exception {
    assertRefused("flotilla.token", "hold secret");
  }

  @Test
  void itThrowsNobodyOut() throws Exception {
    assertRefused("flotilla.farewell", "revoke nodes");
    assertThatThrownBy(() -> worker.revoke(full.id(), "spite")).isInstanceOf(TokenException.class);

    // As a member it can write into shared maps; what it can't do is sign.
    SwarmToken forged = Attacker.forged(full.token().orElseThrow());
    Revocation spite = new Revocation(full.id(), worker.id(), Instant.now(), "spite");
    String key = "0000000000-revocation-" + full.id();
    worker.cluster().sharedMap("flotilla.trust").put(key, Signed.by(forged, spite).text());
    LocalSwarm.await(() -> full.cluster().sharedMap("flotilla.trust").get(key).isPresent());
    full.invite(NodeRole.WORKER, Duration.ofHours(1), 1);
    assertThatThrownBy(() -> full.credentials().accept(Signed.by(forged, spite).text()))
        .isInstanceOf(TokenException.class);
    assertThat(full.credentials().trust().revoked(full.id())).isFalse();
  }

  @Test
  void itMintsNothing() {
    assertThatThrownBy(() -> worker.invite(NodeRole.NODE, Duration.ofHours(1), 1))
        .isInstanceOf(TokenException.class)
        .hasMessageContaining("ask a full node");
    assertThatThrownBy(() -> worker.rotate(Duration.ofHours(1))).isInstanceOf(TokenException.class);
    assertThat(worker.token()).isEmpty();
  }

  @Test
  void itDecidesNothing() throws Exception {
    Command.Request request = new Command.Request("c", new Command.RemoveMember(full.id().hex()));
    Buffer forward = Buffer.buffer(MessageCodec.encode(new Message.Forward(request)));
    LocalSwarm.await(() -> decisions.history().isLeading());
    LocalSwarm.await(() -> {
      worker
          .bus()
          .send(new Topic<>("flotilla.state", Permission.JOIN, new Raw()), full.id(), forward);
      return hasAudited("flotilla.state", "worker", "place models");
    });
    assertThat(decisions.history().state().members()).containsKey(full.id().hex());
  }

  @ParameterizedTest
  @ValueSource(strings = {"flotilla.replicas", "flotilla.workers", "flotilla.upstreams"})
  void aGatewayDrawsNoSessionsToItself(String address) throws Exception {
    Topic<Buffer> topic = new Topic<>(address, Permission.JOIN, new Raw());
    LocalSwarm.await(() -> {
      gateway.bus().publish(topic, Buffer.buffer("here"));
      return hasAudited(address, "gateway", "host stages");
    });
  }

  /** A request that the worker's own program would never send. */
  private static void assertRefused(String address, String permission) throws Exception {
    Call<String, String> call =
        new Call<>(address, Permission.JOIN, new TextCodec(64), new TextCodec(8192), CALL_MILLIS);
    // The log writes so many lines a second, and other refusals may have had them.
    LocalSwarm.await(() -> {
      assertThatThrownBy(() -> ask(call, full.id()))
          .cause()
          .isInstanceOfSatisfying(
              BusException.class,
              refused -> assertThat(refused.failure()).isEqualTo(BusFailure.REFUSED));
      return hasAudited(address, "worker", permission);
    });
  }

  private static String ask(Call<String, String> call, NodeId node) throws Exception {
    return await(worker.bus().request(call, node, "ask"));
  }

  private static boolean hasAudited(String address, String role, String permission) {
    return audited.lines.stream()
        .anyMatch(line ->
            line.startsWith("REFUSED")
                && line.contains(address)
                && line.contains("is a %s and may not %s".formatted(role, permission)));
  }
}
