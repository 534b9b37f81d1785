package dev.flotilla.node;

import dev.flotilla.node.auth.AuditLog;
import dev.flotilla.node.auth.Credentials;
import dev.flotilla.node.auth.SwarmKeyManager;
import dev.flotilla.node.auth.SwarmTls;
import dev.flotilla.tokens.LinkCredentials;
import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.NodeIdentity;
import dev.flotilla.tokens.NodeRole;
import dev.flotilla.tokens.PeerAddress;
import dev.flotilla.tokens.SwarmFolder;
import dev.flotilla.tokens.SwarmToken;
import dev.flotilla.tokens.SwarmTrust;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** A client that shows a certificate, or none, and believes every server. */
record Attacker(Optional<NodeId> id, SSLContext tls) {
  private static final int READ_MILLIS = 20_000;

  /** Shows nothing. */
  static Attacker anonymous() throws Exception {
    return new Attacker(Optional.empty(), context(new KeyManager[0]));
  }

  /** Shows the certificate that a token makes at a time. */
  static Attacker with(SwarmToken token, Clock clock, Path scratch) throws Exception {
    SwarmFolder folder = new SwarmFolder(scratch.resolve(UUID.randomUUID().toString()));
    NodeIdentity identity = NodeIdentity.create(new SecureRandom());
    return showing(identity, Credentials.ofToken(identity, token, folder, new AuditLog(), clock));
  }

  /** Shows the certificate of an invited member. */
  static Attacker as(NodeRole role, SwarmToken token, Path scratch) throws Exception {
    SwarmFolder folder = new SwarmFolder(scratch.resolve(UUID.randomUUID().toString()));
    NodeIdentity identity = NodeIdentity.create(new SecureRandom());
    Clock clock = Clock.systemUTC();
    Credentials credentials =
        Credentials.ofMember(
            identity,
            token.authority().issue(identity.keys().getPublic(), role, clock.instant()),
            SwarmTrust.in(token.swarm(), token.authority().certificate()),
            folder,
            new AuditLog(),
            clock);
    return showing(identity, credentials);
  }

  private static Attacker showing(NodeIdentity identity, Credentials credentials) throws Exception {
    return new Attacker(
        Optional.of(identity.id()), context(new KeyManager[] {new SwarmKeyManager(credentials)}));
  }

  /** Shows what a member's engine process holds, for links between stages alone. */
  static Attacker withLinkCredentials(SwarmToken token) throws Exception {
    SecureRandom random = new SecureRandom();
    NodeIdentity identity = NodeIdentity.create(random);
    LinkCredentials stolen =
        LinkCredentials.issue(
            identity,
            token.authority().issue(identity.keys().getPublic(), NodeRole.FULL, Instant.now()),
            SwarmTrust.in(token.swarm(), token.authority().certificate()),
            random);
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry("link", stolen.key(), new char[0], stolen.chain());
    // Java's own factory: the JVM's default one may be a node's.
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, new char[0]);
    return new Attacker(Optional.of(identity.id()), context(keys.getKeyManagers()));
  }

  /** The token of a swarm that claims to be another one, whose secret it does not have. */
  static SwarmToken forged(SwarmToken token) {
    return new SwarmToken(
        "",
        token.swarm(),
        token.generation(),
        SwarmToken.create("", Optional.empty(), new SecureRandom()).secret(),
        Optional.empty(),
        token.peers());
  }

  private static SSLContext context(KeyManager[] keys) throws Exception {
    SSLContext context = SSLContext.getInstance(SwarmTls.PROTOCOL);
    context.init(keys, new TrustManager[] {new Credulous()}, new SecureRandom());
    return context;
  }

  /**
   * Sends bytes to a port.
   *
   * @return the first bytes of an answer; none if the server refuses
   * @throws AssertionError if the server does neither
   */
  byte[] send(PeerAddress port, byte[] bytes) throws IOException {
    try (SSLSocket socket = connect(port)) {
      return exchange(socket, bytes);
    } catch (SocketTimeoutException e) {
      throw new AssertionError("the connection is left open", e);
    } catch (IOException _) {
      return new byte[0];
    }
  }

  /** Sends bytes to a port and waits for nothing. */
  void say(PeerAddress port, byte[] bytes) throws IOException {
    try (SSLSocket socket = connect(port)) {
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
    }
  }

  /** Sends bytes to a port without TLS, and gives what {@link #send} gives. */
  static byte[] sendPlain(PeerAddress port, byte[] bytes) throws IOException {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(READ_MILLIS);
      socket.connect(new InetSocketAddress(port.host(), port.port()), READ_MILLIS);
      return exchange(socket, bytes);
    } catch (SocketTimeoutException e) {
      throw new AssertionError("the connection is left open", e);
    } catch (IOException _) {
      return new byte[0];
    }
  }

  private static byte[] exchange(Socket socket, byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
    byte[] answer = new byte[1024];
    int length = socket.getInputStream().read(answer);
    return length < 0 ? new byte[0] : Arrays.copyOf(answer, length);
  }

  /** An HTTP request at a link port, and its whole answer. */
  String request(PeerAddress link, String line, String body) throws IOException {
    try (SSLSocket socket = connect(link)) {
      byte[] content = body.getBytes(StandardCharsets.UTF_8);
      String head =
          "%s HTTP/1.1\r\nHost: node\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
              .formatted(line, content.length);
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().write(content);
      socket.getOutputStream().flush();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private SSLSocket connect(PeerAddress port) throws IOException {
    SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket();
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
