package dev.flotilla.node.auth;

import dev.flotilla.node.auth.AuditLog.Event;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.impl.transports.NioTransport;
import io.vertx.core.net.TcpConfig;
import io.vertx.core.transport.Transport;
import java.net.InetSocketAddress;
import java.security.cert.CertificateException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Puts every connection that is refused at the swarm's ports of a Vert.x, before it is one, into
 * the audit log: no certificate, no TLS, nothing said in time. Vert.x itself tells nobody of those
 * at the event bus' port, and at others not from where they were.
 *
 * <p>Ports that are not guarded, as that of the HTTP API, are left alone. Any thread.
 */
public final class HandshakeWatch {
  /** How Netty begins to tell of a peer that went before it said anything. */
  private static final String CLOSED = "Connection closed";

  /** Java's TLS quotes what it got. */
  private static final int MAX_REASON_CHARS = 80;

  private final AuditLog audit;
  private final Map<Integer, String> planes = new ConcurrentHashMap<>();

  /** A watch of no port. */
  public HandshakeWatch(AuditLog audit) {
    this.audit = audit;
  }

  /** What the Vert.x is to be made with whose ports are watched. */
  public Transport transport() {
    return new Watched();
  }

  /** Watches what happens at a port from now on; {@code plane} is what the log calls it. */
  public void guard(int port, String plane) {
    planes.put(port, plane);
  }

  private final class Watched extends NioTransport implements Transport {
    @Override
    public void configure(TcpConfig config, boolean domainSocket, ServerBootstrap server) {
      super.configure(config, domainSocket, server);
      server.handler(new Accepting());
    }

    @Override
    public String name() {
      return "nio";
    }

    @Override
    public boolean available() {
      return true;
    }

    @Override
    public @Nullable Throwable unavailabilityCause() {
      return null;
    }

    @Override
    public io.vertx.core.spi.transport.Transport implementation() {
      return this;
    }
  }

  /** Of a listening socket, whose messages are the connections that it accepts. */
  private final class Accepting extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object accepted) {
      if (accepted instanceof Channel connection) {
        connection.pipeline().addLast(new Ending());
      }
      context.fireChannelRead(accepted);
    }
  }

  /** Looks, when a connection has ended, at what became of its handshake. */
  private final class Ending extends ChannelInboundHandlerAdapter {
    @Override
    public void channelInactive(ChannelHandlerContext context) {
      context.fireChannelInactive();
      SslHandler tls = context.pipeline().get(SslHandler.class);
      if (tls != null) {
        reason(tls.handshakeFuture().cause()).ifPresent(why -> refused(context.channel(), why));
      }
    }
  }

  private void refused(Channel connection, String reason) {
    if (connection.localAddress() instanceof InetSocketAddress own) {
      String plane = planes.get(own.getPort());
      if (plane != null) {
        String peer = String.valueOf(connection.remoteAddress());
        audit.record(Event.REFUSED, peer, plane + ": " + reason);
      }
    }
  }

  /**
   * Why a handshake failed, if that is to be told here: what a trust manager refuses is in the
   * audit log already, and who went by itself was not refused.
   */
  private static Optional<String> reason(@Nullable Throwable cause) {
    if (!(cause instanceof SSLException) || cause.getCause() instanceof CertificateException) {
      return Optional.empty();
    }
    String reason = String.valueOf(cause.getMessage());
    return reason.contains(CLOSED)
        ? Optional.empty()
        : Optional.of(reason.substring(0, Math.min(reason.length(), MAX_REASON_CHARS)));
  }
}
