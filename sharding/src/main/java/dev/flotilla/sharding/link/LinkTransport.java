package dev.flotilla.sharding.link;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * Opens the connections below links: under mutual TLS 1.3 where there is a context for it, which
 * then decides whom to trust; plain otherwise, within one machine.
 *
 * @param tls keys and trust
 */
public record LinkTransport(Optional<SSLContext> tls) {
  private static final int CONNECT_MILLIS = 5_000;
  private static final String[] PROTOCOLS = {"TLSv1.3"};

  /**
   * A connection.
   *
   * @param tcp the connection itself: closing it stops whoever is blocked on it
   * @param socket what is read and written; the same without TLS
   */
  record Connection(Socket tcp, Socket socket) {}

  /** Without TLS. */
  public static LinkTransport plain() {
    return new LinkTransport(Optional.empty());
  }

  /** Connects. Blocks for a few seconds at most. */
  Connection connect(StageAddress address) throws IOException {
    Socket tcp = new Socket();
    try {
      tcp.connect(new InetSocketAddress(address.host(), address.port()), CONNECT_MILLIS);
      return secure(tcp, address.host(), true);
    } catch (IOException e) {
      tcp.close();
      throw e;
    }
  }

  /** Sets up a connection that was accepted. Blocks for a few seconds at most. */
  Connection accepted(Socket tcp) throws IOException {
    try {
      return secure(tcp, tcp.getInetAddress().getHostAddress(), false);
    } catch (IOException e) {
      tcp.close();
      throw e;
    }
  }

  private Connection secure(Socket tcp, String host, boolean client) throws IOException {
    tcp.setTcpNoDelay(true);
    tcp.setSoTimeout(CONNECT_MILLIS);
    if (tls.isEmpty()) {
      return new Connection(tcp, tcp);
    }
    SSLSocket socket =
        (SSLSocket) tls.get().getSocketFactory().createSocket(tcp, host, tcp.getPort(), true);
    socket.setEnabledProtocols(PROTOCOLS);
    socket.setUseClientMode(client);
    if (!client) {
      socket.setNeedClientAuth(true);
    }
    socket.startHandshake();
    return new Connection(tcp, socket);
  }
}
