package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.flotilla.federation.state.Command;
import dev.flotilla.federation.state.Message;
import dev.flotilla.federation.state.MessageCodec;
import dev.flotilla.node.auth.AuditLog;
import dev.flotilla.node.cluster.BusException;
import dev.flotilla.node.cluster.BusFailure;
import dev.flotilla.node.cluster.Call;
import dev.flotilla.node.cluster.TextCodec;
import dev.flotilla.node.cluster.Topic;
import dev.flotilla.node.cluster.WireCodec;
import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.NodeRole;
import dev.flotilla.tokens.PeerAddress;
import dev.flotilla.tokens.Permission;
import dev.flotilla.tokens.SwarmStatement.Revocation;
import dev.flotilla.tokens.SwarmStatement.Signed;
import dev.flotilla.tokens.SwarmToken;
import dev.flotilla.tokens.TokenException;
import io.vertx.core.Future;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What a worker that asks for more than its role permits gets from a full node. */
@Timeout(180)
class SwarmRolesTest {
  private static final long CALL_MILLIS = 10_000;

  @TempDir private static Path folder;

  private static final Audited audited = new Audited();
  private static Swarm full;
  private static SwarmDecisions decisions;
  private static Swarm worker;

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
    decisions.start().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    String invite = full.invite(NodeRole.WORKER, Duration.ofHours(1), 1).encode();
    worker = swarm("worker", Optional.of(invite));
    LocalSwarm.await(() -> full.cards().size() == 2 && worker.cards().size() == 2);
  }

  private static Swarm swarm(String name, Optional<String> credential) throws Exception {
    List<PeerAddress> peers = credential.isEmpty() ? List.of() : List.of(full.cluster().address());
    SwarmOptions options =
        new SwarmOptions(
            credential,
            name,
            "127.0.0.1",
            Optional.empty(),
            0,
            0,
            0,
            peers,
            false,
            false,
            0,
            List.of(),
            false,
            false);
    Swarm swarm = Swarm.start(options, folder.resolve(name), new VertxOptions(), Clock.systemUTC());
    swarm.announceApi("http://127.0.0.1:1", "1", 0);
    return swarm;
  }

  @AfterAll
  static void stop() {
    if (worker != null) {
      worker.close();
    }
    if (full != null) {
      full.close();
    }
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
      return hasAudited("flotilla.state", "place models");
    });
    assertThat(decisions.history().state().members()).containsKey(full.id().hex());
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
      return hasAudited(address, permission);
    });
  }

  private static String ask(Call<String, String> call, NodeId node) throws Exception {
    Future<String> answer = worker.bus().request(call, node, "ask");
    return answer.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  private static boolean hasAudited(String address, String permission) {
    return audited.lines.stream()
        .anyMatch(line ->
            line.startsWith("REFUSED")
                && line.contains(address)
                && line.contains("is a worker and may not " + permission));
  }
}
