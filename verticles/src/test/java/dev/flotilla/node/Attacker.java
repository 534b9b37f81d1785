package dev.flotilla.node;

import dev.flotilla.node.auth.AuditLog;
import dev.flotilla.node.auth.Credentials;
import dev.flotilla.node.auth.SwarmKeyManager;
import dev.flotilla.node.auth.SwarmTls;
import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.NodeIdentity;
import dev.flotilla.tokens.PeerAddress;
import dev.flotilla.tokens.SwarmFolder;
import dev.flotilla.tokens.SwarmToken;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import javax.net.ssl.KeyManager;
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
    Credentials credentials = Credentials.ofToken(identity, token, folder, new AuditLog(), clock);
    return new Attacker(
        Optional.of(identity.id()), context(new KeyManager[] {new SwarmKeyManager(credentials)}));
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
