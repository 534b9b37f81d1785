package dev.flotilla.node.auth;

import dev.flotilla.node.auth.AuditLog.Event;
import dev.flotilla.tokens.NodeCertificate;
import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.Permission;
import dev.flotilla.tokens.SwarmTrust;
import dev.flotilla.tokens.TokenException;
import dev.flotilla.tokens.TokenFailure;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Accepts the certificates of members and nothing else: issued by the swarm's authority, in time,
 * not thrown out. Names of hosts mean nothing here; who a node is says its certificate.
 */
public final class SwarmTrustManager extends X509ExtendedTrustManager {
  private final Credentials credentials;
  private final AuditLog audit;
  private final String plane;
  private final Optional<NodeId> expected;

  /**
   * A trust manager.
   *
   * @param plane what it guards, for the audit log
   * @param expected the only node that is accepted; empty accepts every member
   */
  public SwarmTrustManager(
      Credentials credentials, AuditLog audit, String plane, Optional<NodeId> expected) {
    this.credentials = credentials;
    this.audit = audit;
    this.plane = plane;
    this.expected = expected;
  }

  private void check(X509Certificate[] chain, String peer) throws CertificateException {
    try {
      if (chain.length == 0) {
        throw new CertificateException("no certificate");
      }
      NodeCertificate node = credentials.check(chain[0], Permission.JOIN);
      if (expected.isPresent() && !expected.get().equals(node.id())) {
        throw new TokenException(
            TokenFailure.UNEXPECTED_NODE,
            "node %s answers where node %s should"
                .formatted(node.id().shortened(), expected.get().shortened()));
      }
    } catch (TokenException e) {
      audit.record(Event.REFUSED, peer, plane + ": " + e.failure() + ": " + e.getMessage());
      throw new CertificateException(e.getMessage(), e);
    }
  }

  private static String peer(@Nullable SSLEngine engine) {
    return engine == null || engine.getPeerHost() == null
        ? "a peer"
        : engine.getPeerHost() + ":" + engine.getPeerPort();
  }

  private static String peer(@Nullable Socket socket) {
    SocketAddress address = socket == null ? null : socket.getRemoteSocketAddress();
    return address instanceof InetSocketAddress inet ? inet.toString() : "a peer";
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable SSLEngine engine)
      throws CertificateException {
    check(chain, peer(engine));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable SSLEngine engine)
      throws CertificateException {
    check(chain, peer(engine));
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable Socket socket)
      throws CertificateException {
    check(chain, peer(socket));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable Socket socket)
      throws CertificateException {
    check(chain, peer(socket));
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    check(chain, "a peer");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    check(chain, "a peer");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    SwarmTrust trust = credentials.trust();
    return Stream.concat(
            Stream.of(trust.authority().x509()),
            trust.former().stream().map(former -> former.authority().x509()))
        .toArray(X509Certificate[]::new);
  }
}
