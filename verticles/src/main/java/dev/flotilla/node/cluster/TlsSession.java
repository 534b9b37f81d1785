package dev.flotilla.node.cluster;

import com.hazelcast.internal.networking.Channel;
import com.hazelcast.internal.server.ServerConnection;
import java.net.SocketAddress;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * What the two directions of one connection share. Decoder and encoder run on different threads of
 * Hazelcast's; each state is published before the other side is woken.
 */
final class TlsSession {
  /** How Java's TLS begins what a peer says before it closes. */
  static final String ALERT = "Received fatal alert";

  private final Channel channel;
  private final SSLEngine engine;
  private final ExecutorService tasks;
  private final Listener listener;

  private volatile boolean established;
  private volatile boolean heard;
  private volatile @Nullable String failure;

  /** Whoever watches connections. */
  interface Listener {
    /** A peer was refused, or the connection broke before it was known. */
    void refused(@Nullable SocketAddress peer, boolean outgoing, String reason);

    /** Why a known peer is no longer to be believed, if so. */
    Optional<String> objection(X509Certificate peer);
  }

  TlsSession(Channel channel, SSLEngine engine, ExecutorService tasks, Listener listener) {
    this.channel = channel;
    this.engine = engine;
    this.tasks = tasks;
    this.listener = listener;
  }

  SSLEngine engine() {
    return engine;
  }

  boolean established() {
    return established;
  }

  /** Notes the end of the handshake, if this is it. */
  boolean establishedNow() {
    if (!established && engine.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING) {
      established = true;
      wakeBoth();
    }
    return established;
  }

  /** Notes that the peer has sent something, so that it has accepted this node. */
  void heardPeer() {
    heard = true;
  }

  /** A client's handshake is done before the server has judged its certificate. */
  private boolean isRefusedByServer(String reason) {
    return channel.isClientMode() && !heard && reason.contains(ALERT);
  }

  boolean failed() {
    return failure != null;
  }

  /** Ends the connection; the encoder sends the alert first. */
  void fail(String reason) {
    if (failure != null) {
      return;
    }
    failure = reason;
    if (!established || isRefusedByServer(reason)) {
      listener.refused(channel.remoteSocketAddress(), channel.isClientMode(), reason);
    }
    channel.outboundPipeline().wakeup();
  }

  /** Closes the connection now, without a stack trace for every stranger that knocks. */
  void close() {
    String reason = failure == null ? "closed" : failure;
    if (channel.attributeMap().get(ServerConnection.class) instanceof ServerConnection connection) {
      connection.close("TLS: " + reason, null);
    }
  }

  /** Fails the connection if it is not established by now. */
  void expire() {
    if (!established && !channel.isClosed()) {
      fail("the handshake took too long");
      close();
    }
  }

  /** Closes the connection if its peer is no longer to be believed. */
  void recheck() {
    if (!established) {
      return;
    }
    try {
      Certificate[] chain = engine.getSession().getPeerCertificates();
      if (chain[0] instanceof X509Certificate leaf) {
        listener
            .objection(leaf)
            .ifPresent(reason -> {
              fail(reason);
              close();
            });
      }
    } catch (SSLPeerUnverifiedException e) {
      fail("the peer is unknown");
      close();
    }
  }

  /** Runs what the handshake has to compute away from the I/O threads, then wakes both sides. */
  void runTasks() {
    try {
      tasks.execute(() -> {
        Runnable task = engine.getDelegatedTask();
        while (task != null) {
          task.run();
          task = engine.getDelegatedTask();
        }
        wakeBoth();
      });
    } catch (RejectedExecutionException _) {
      fail("this node is shutting down");
    }
  }

  void wakeBoth() {
    channel.inboundPipeline().wakeup();
    channel.outboundPipeline().wakeup();
  }

  void wakeOutbound() {
    channel.outboundPipeline().wakeup();
  }

  void wakeInbound() {
    channel.inboundPipeline().wakeup();
  }
}
