package dev.flotilla.node.auth;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

@Timeout(60)
class HandshakeWatchTest {
  private static final Logger LOGGER = (Logger) LoggerFactory.getLogger(AuditLog.LOGGER);

  private final Audited audited = new Audited();
  private final HandshakeWatch watch = new HandshakeWatch(new AuditLog());
  private final Vertx vertx = Vertx.builder().withTransport(watch.transport()).build();

  /** The lines of the audit log. */
  private static final class Audited extends ListAppender<ILoggingEvent> {
    private final LinkedBlockingQueue<String> lines = new LinkedBlockingQueue<>();

    @Override
    protected void append(ILoggingEvent event) {
      lines.add(event.getFormattedMessage());
    }
  }

  @BeforeEach
  void listen() {
    audited.start();
    LOGGER.addAppender(audited);
  }

  @AfterEach
  void stop() throws Exception {
    LOGGER.detachAppender(audited);
    await(vertx.close());
  }

  @Test
  void whoSaysNothingInTimeIsRefusedAndNamed(@TempDir Path folder) throws Exception {
    NetServer server = vertx.createNetServer(options(folder));
    await(server.connectHandler(_ -> {}).listen());
    watch.guard(server.actualPort(), "the test's plane");
    try (Socket silent = new Socket(InetAddress.ofLiteral("127.0.0.1"), server.actualPort())) {
      assertThat(silent.getInputStream().read()).isEqualTo(-1);
      assertThat(audited.lines.poll(30, TimeUnit.SECONDS))
          .contains("the test's plane", "timed out", "127.0.0.1:" + silent.getLocalPort());
    }
  }

  private static NetServerOptions options(Path folder) throws Exception {
    ServerCertificate shown =
        SelfSignedCertificate.in(folder, Set.of("localhost"), Set.of(), Instant.now());
    return new NetServerOptions()
        .setHost("127.0.0.1")
        .setSsl(true)
        .setKeyCertOptions(shown.options())
        .setSslHandshakeTimeout(200)
        .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }
}
