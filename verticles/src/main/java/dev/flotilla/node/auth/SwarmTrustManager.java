package dev.flotilla.node.auth;

import dev.flotilla.node.auth.AuditLog.Event;
import dev.flotilla.tokens.ChainTrustManager;
import dev.flotilla.tokens.NodeCertificate;
import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.Permission;
import dev.flotilla.tokens.SwarmTrust;
import dev.flotilla.tokens.TokenException;
import dev.flotilla.tokens.TokenFailure;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Accepts the certificates of members and nothing else: issued by the swarm's authority, in time,
 * not thrown out.
 */
public final class SwarmTrustManager extends ChainTrustManager {
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

  @Override
  protected void check(X509Certificate[] chain, String peer) {
    try {
      NodeCertificate node = credentials.check(chain[0], Permission.JOIN);
      if (expected.isPresent() && !expected.get().equals(node.id())) {
        throw new TokenException(
            TokenFailure.UNEXPECTED_NODE,
            "node %s answers where node %s should"
                .formatted(node.id().shortened(), expected.get().shortened()));
      }
    } catch (TokenException e) {
      audit.record(Event.REFUSED, peer, plane + ": " + e.failure() + ": " + e.getMessage());
      throw e;
    }
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
