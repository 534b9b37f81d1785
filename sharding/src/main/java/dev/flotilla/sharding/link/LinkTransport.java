package dev.flotilla.sharding.link;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the connections below links: under mutual TLS 1.3 between machines, plain within one
 * machine. Safe for threads.
 */
public final class LinkTransport {
  private static final Logger log = LoggerFactory.getLogger(LinkTransport.class);
  private static final int CONNECT_MILLIS = 1_000;
  private static final int HANDSHAKE_MILLIS = 5_000;
  private static final String[] PROTOCOLS = {"TLSv1.3"};

  private final Optional<LinkSecurity> security;
  private final Set<Secured> secured = ConcurrentHashMap.newKeySet();

  /**
   * A connection.
   *
   * @param tcp the connection itself: closing it stops whoever is blocked on it
   * @param socket what is read and written; the same without TLS
   */
  record Connection(Socket tcp, Socket socket) {}

  private record Secured(Socket tcp, SSLSocket socket) {}

  private LinkTransport(Optional<LinkSecurity> security) {
    this.security = security;
  }

  /** Without TLS. */
  public static LinkTransport plain() {
    return new LinkTransport(Optional.empty());
  }

  /** Under mutual TLS 1.3. */
  public static LinkTransport secured(LinkSecurity security) {
    return new LinkTransport(Optional.of(security));
  }

  /** Connects. Blocks for a few seconds at most. */
  Connection connect(StageAddress address) throws IOException {
    Socket tcp = new Socket();
    try {
      tcp.connect(new InetSocketAddress(address.host(), address.port()), CONNECT_MILLIS);
      return secure(tcp, address.host(), Optional.of(address.nodeId()));
    } catch (IOException e) {
      tcp.close();
      throw e;
    }
  }

  /** Sets up a connection that was accepted. Blocks for a few seconds at most. */
  Connection accepted(Socket tcp) throws IOException {
    try {
      return secure(tcp, tcp.getInetAddress().getHostAddress(), Optional.empty());
    } catch (IOException e) {
      tcp.close();
      throw e;
    }
  }

  /**
   * Takes over a connection.
   *
   * @param expected who was called; empty on the side that is called
   */
  private Connection secure(Socket tcp, String host, Optional<String> expected) throws IOException {
    tcp.setTcpNoDelay(true);
    tcp.setSoTimeout(HANDSHAKE_MILLIS);
    if (security.isEmpty()) {
      return new Connection(tcp, tcp);
    }
    SSLSocket socket =
        (SSLSocket)
            security
                .get()
                .context()
                .getSocketFactory()
                .createSocket(tcp, host, tcp.getPort(), true);
    socket.setEnabledProtocols(PROTOCOLS);
    socket.setUseClientMode(expected.isPresent());
    socket.setNeedClientAuth(expected.isEmpty());
    socket.startHandshake();
    secured.removeIf(each -> each.tcp().isClosed());
    secured.add(new Secured(tcp, socket));
    // After it was added: trust that changed during the handshake is asked here or by recheck.
    String peer = security.get().peer(socket.getSession());
    if (expected.isPresent() && !expected.get().equals(peer)) {
      throw new IOException("node %s answers where node %s should".formatted(peer, expected.get()));
    }
    return new Connection(tcp, socket);
  }

  /** Closes the connections to nodes that are not believed any more. */
  public void recheck() {
    for (Secured each : secured) {
      try {
        security.orElseThrow().peer(each.socket().getSession());
      } catch (IOException e) {
        log.warn("a link is closed: {}", e.getMessage());
        close(each.tcp());
      }
    }
  }

  private static void close(Socket tcp) {
    try {
      tcp.close();
    } catch (IOException e) {
      log.trace("a link was closed already", e);
    }
  }
}
