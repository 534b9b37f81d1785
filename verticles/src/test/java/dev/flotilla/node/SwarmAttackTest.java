package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.node.auth.AuditLog;
import dev.flotilla.node.auth.Credentials;
import dev.flotilla.node.auth.SwarmKeyManager;
import dev.flotilla.node.auth.SwarmTls;
import dev.flotilla.tokens.NodeIdentity;
import dev.flotilla.tokens.PeerAddress;
import dev.flotilla.tokens.SwarmFolder;
import dev.flotilla.tokens.SwarmToken;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What strangers get from the ports of a real node: nothing. */
@Timeout(180)
class SwarmAttackTest {
  private static final int GARBAGE_CONNECTIONS = 200;
  private static final int READ_MILLIS = 20_000;

  @TempDir private static Path folder;

  private static final SecureRandom random = new SecureRandom();
  private static final SwarmToken token = SwarmToken.create("", Optional.empty(), random);
  private static RunningNode node;
  private static List<PeerAddress> ports = List.of();
  private static PeerAddress link;

  @BeforeAll
  static void start() throws Exception {
    Path file = Files.writeString(folder.resolve("token"), token.encode());
    int busPort = freePort();
    node =
        RunningNode.start(
            folder.resolve("node"),
            "--token-file",
            file.toString(),
            "--no-mdns",
            "--bind",
            "127.0.0.1",
            "--cluster-port",
            "0",
            "--bus-port",
            Integer.toString(busPort),
            "--link-port",
            "0");
    JsonObject addresses =
        new JsonArray(node.get("/api/nodes").body()).getJsonObject(0).getJsonObject("addresses");
    link = PeerAddress.parse(addresses.getString("link"));
    ports =
        List.of(
            PeerAddress.parse(addresses.getString("cluster")),
            new PeerAddress("127.0.0.1", busPort),
            link);
  }

  private static int freePort() throws IOException {
    try (ServerSocket probe = new ServerSocket(0)) {
      return probe.getLocalPort();
    }
  }

  @AfterAll
  static void stop() {
    if (node != null) {
      node.close();
    }
  }

  @Test
  void aCertificateOfAnotherSwarmOpensNothing() throws Exception {
    SwarmToken forged =
        new SwarmToken(
            "",
            token.swarm(),
            0,
            SwarmToken.create("", Optional.empty(), random).secret(),
            Optional.empty(),
            List.of());
    SSLContext stranger = context(forged, Clock.systemUTC(), "forged");
    for (PeerAddress port : ports) {
      assertThat(isHeard(stranger, port)).as(port.toString()).isFalse();
    }
  }

  @Test
  void anExpiredCertificateOpensNothing() throws Exception {
    Clock longAgo = Clock.fixed(Instant.now().minus(Duration.ofDays(30)), ZoneOffset.UTC);
    SSLContext expired = context(token, longAgo, "expired");
    for (PeerAddress port : ports) {
      assertThat(isHeard(expired, port)).as(port.toString()).isFalse();
    }
  }

  @Test
  void withoutACertificateOnlyTheEnrolmentDeskAnswers() throws Exception {
    SSLContext nobody = SSLContext.getInstance(SwarmTls.PROTOCOL);
    nobody.init(null, new TrustManager[] {new Credulous()}, random);
    for (PeerAddress port : ports.subList(0, 2)) {
      assertThat(isHeard(nobody, port)).as(port.toString()).isFalse();
    }
    assertThat(request(nobody, "GET /link/models HTTP/1.1")).startsWith("HTTP/1.1 404");
    assertThat(request(nobody, "POST /enrol/invite HTTP/1.1")).startsWith("HTTP/1.1 403");
    assertThat(request(nobody, "POST /enrol/nonce HTTP/1.1")).startsWith("HTTP/1.1 200");
  }

  @Test
  void aMembersCertificateIsHeardSoThatTheOthersAreRefusedForTheirFaults() throws Exception {
    SSLContext member = context(token, Clock.systemUTC(), "member");
    assertThat(request(member, "GET /nothing HTTP/1.1")).startsWith("HTTP/1.1 404");
  }

  @Test
  void garbageOnEveryPortDoesNotDisturb() throws Exception {
    long seed = Long.getLong("flotilla.seed", System.nanoTime());
    Random noise = new Random(seed);
    for (PeerAddress port : ports) {
      List<Socket> open = new ArrayList<>();
      for (int i = 0; i < GARBAGE_CONNECTIONS; i++) {
        Socket socket = new Socket();
        open.add(socket);
        socket.connect(new InetSocketAddress(port.host(), port.port()), READ_MILLIS);
        byte[] garbage = new byte[1 + noise.nextInt(400)];
        noise.nextBytes(garbage);
        try {
          socket.getOutputStream().write(garbage);
        } catch (IOException e) {
          assertThat(e).as("refused already").isNotNull();
        }
      }
      assertThat(node.get("/health").statusCode()).as("seed %d", seed).isEqualTo(200);
      for (Socket socket : open) {
        socket.close();
      }
    }
    SSLContext member = context(token, Clock.systemUTC(), "after");
    assertThat(request(member, "GET /nothing HTTP/1.1")).startsWith("HTTP/1.1 404");
  }

  /** A client that shows a certificate and believes any server. */
  private static SSLContext context(SwarmToken joined, Clock clock, String name) throws Exception {
    AuditLog audit = new AuditLog();
    Credentials credentials =
        Credentials.ofToken(
            NodeIdentity.create(random),
            joined,
            new SwarmFolder(folder.resolve(name)),
            audit,
            clock);
    SSLContext context = SSLContext.getInstance(SwarmTls.PROTOCOL);
    context.init(
        new KeyManager[] {new SwarmKeyManager(credentials)},
        new TrustManager[] {new Credulous()},
        random);
    return context;
  }

  /** Whether a server answers a client's bytes with anything but a refusal of its handshake. */
  private static boolean isHeard(SSLContext context, PeerAddress port) throws IOException {
    try (SSLSocket socket = connect(context, port)) {
      OutputStream out = socket.getOutputStream();
      out.write("HZC".getBytes(StandardCharsets.US_ASCII));
      out.flush();
      return socket.getInputStream().read() >= 0;
    } catch (SocketTimeoutException e) {
      throw new AssertionError("the connection is left open", e);
    } catch (IOException _) {
      return false;
    }
  }

  private static String request(SSLContext context, String line) throws IOException {
    try (SSLSocket socket = connect(context, link)) {
      String head = line + "\r\nHost: node\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().flush();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static SSLSocket connect(SSLContext context, PeerAddress port) throws IOException {
    SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket();
    socket.setSoTimeout(READ_MILLIS);
    socket.connect(new InetSocketAddress(port.host(), port.port()), READ_MILLIS);
    return socket;
  }

  /** Believes everybody: the attacker is not the one to be protected. */
  private static final class Credulous extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable Socket socket) {}

    @Override
    public void checkClientTrusted(
        X509Certificate[] chain, String type, @Nullable SSLEngine engine) {}

    @Override
    public void checkServerTrusted(
        X509Certificate[] chain, String type, @Nullable SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
