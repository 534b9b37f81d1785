package dev.flotilla.node.cluster;

import com.hazelcast.cluster.Address;
import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.impl.MemberImpl;
import com.hazelcast.instance.EndpointQualifier;
import com.hazelcast.instance.impl.DefaultNodeContext;
import com.hazelcast.instance.impl.DefaultNodeExtension;
import com.hazelcast.instance.impl.Node;
import com.hazelcast.instance.impl.NodeExtension;
import com.hazelcast.internal.cluster.Joiner;
import com.hazelcast.internal.networking.Channel;
import com.hazelcast.internal.networking.ChannelInitializer;
import com.hazelcast.internal.server.ServerConnection;
import com.hazelcast.internal.server.ServerContext;
import dev.flotilla.tokens.PeerAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * Puts TLS under every connection between Hazelcast members: its open-source edition has none. Each
 * channel's inbound pipeline begins with a {@link TlsDecoder} and its outbound one ends with a
 * {@link TlsEncoder}, before the first byte of Hazelcast's own protocol. And has a {@link
 * SwarmJoiner} find the members.
 *
 * <p>Made for the pinned version of Hazelcast: what it overrides is internal there.
 */
final class TlsNodeContext extends DefaultNodeContext implements AutoCloseable {
  private static final long HANDSHAKE_MILLIS = 10_000;
  private static final int HANDSHAKE_THREADS = 2;

  private final SSLContext context;
  private final TlsSession.Listener listener;
  private final Rendezvous candidates;
  private final long joinWaitMillis;
  private volatile @Nullable Node created;
  private final Set<TlsSession> sessions = ConcurrentHashMap.newKeySet();
  private final ScheduledThreadPoolExecutor handshakes =
      new ScheduledThreadPoolExecutor(
          HANDSHAKE_THREADS, Thread.ofPlatform().daemon().name("cluster-handshake-", 0).factory());

  /**
   * A node context.
   *
   * @param context whose key and trust managers decide who may connect
   * @param listener told of refused peers; on a thread of Hazelcast's
   * @param found where members may be, asked again as long as the node runs
   * @param joinWaitMillis how long a node that knows of no other waits for one
   */
  TlsNodeContext(
      SSLContext context, TlsSession.Listener listener, Rendezvous found, long joinWaitMillis) {
    this.context = context;
    this.listener = listener;
    this.candidates = new LiveCandidates(found, this::connected);
    this.joinWaitMillis = joinWaitMillis;
    handshakes.setRemoveOnCancelPolicy(true);
  }

  @Override
  public NodeExtension createNodeExtension(Node node) {
    created = node;
    return new DefaultNodeExtension(node) {
      @Override
      public Function<EndpointQualifier, ChannelInitializer> createChannelInitializerFn(
          ServerContext serverContext) {
        Function<EndpointQualifier, ChannelInitializer> plain =
            super.createChannelInitializerFn(serverContext);
        return qualifier -> {
          ChannelInitializer initializer = plain.apply(qualifier);
          return channel -> initialize(node, channel, initializer);
        };
      }
    };
  }

  @Override
  public Joiner createJoiner(Node node) {
    return new SwarmJoiner(node, candidates, joinWaitMillis);
  }

  private void initialize(Node node, Channel channel, ChannelInitializer plain) throws Exception {
    TlsSession session =
        new TlsSession(channel, engine(channel), handshakes, new Joining(node, listener));
    sessions.add(session);
    ScheduledFuture<?> expiry =
        handshakes.schedule(session::expire, HANDSHAKE_MILLIS, TimeUnit.MILLISECONDS);
    // A timer that outlived its connection would keep 150 KB of buffers for every stranger.
    channel.addCloseListener(_ -> {
      sessions.remove(session);
      expiry.cancel(false);
    });
    channel.inboundPipeline().addLast(new TlsDecoder(session));
    plain.initChannel(channel);
    channel.outboundPipeline().addLast(new TlsEncoder(session));
  }

  private SSLEngine engine(Channel channel) throws Exception {
    SSLEngine engine =
        channel.remoteSocketAddress() instanceof InetSocketAddress peer
            ? context.createSSLEngine(peer.getAddress().getHostAddress(), peer.getPort())
            : context.createSSLEngine();
    engine.setUseClientMode(channel.isClientMode());
    if (!channel.isClientMode()) {
      engine.setNeedClientAuth(true);
    }
    engine.beginHandshake();
    return engine;
  }

  /** Keeps a node that is still joining from asking again and again those who refuse it. */
  private record Joining(Node node, TlsSession.Listener next) implements TlsSession.Listener {
    @Override
    public void refused(@Nullable SocketAddress peer, boolean outgoing, String reason) {
      next.refused(peer, outgoing, reason);
      if (outgoing
          && peer instanceof InetSocketAddress address
          && !node.getClusterService().isJoined()) {
        node.getJoiner().blacklist(new Address(address), false);
      }
    }

    @Override
    public Optional<String> objection(X509Certificate peer) {
      return next.objection(peer);
    }
  }

  /** Where those listen who are connected now; each has shown its certificate. */
  private Collection<PeerAddress> connected() {
    Node node = created;
    if (node == null || node.getServer() == null) {
      return List.of();
    }
    Set<PeerAddress> addresses = new HashSet<>();
    for (ServerConnection connection :
        node.getServer().getConnectionManager(EndpointQualifier.MEMBER).getConnections()) {
      Address address = connection.getRemoteAddress();
      if (address != null) {
        addresses.add(new PeerAddress(address.getHost(), address.getPort()));
      }
    }
    return addresses;
  }

  /** Takes a member that is no longer to be believed for dead. */
  void expel(Member member, String reason) {
    Node node = created;
    if (node != null) {
      node.getClusterService().suspectMember((MemberImpl) member, reason, true);
    }
  }

  /** Closes the connections whose peers are no longer to be believed. */
  void recheck() {
    sessions.forEach(TlsSession::recheck);
  }

  @Override
  public void close() {
    handshakes.shutdownNow();
  }
}
