package dev.flotilla.tokens;

import static dev.flotilla.tokens.SwarmTokenTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.tokens.SwarmStatement.Revocation;
import dev.flotilla.tokens.SwarmStatement.Signed;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LinkCredentialsTest {
  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
  private final SecureRandom random = new SecureRandom();
  private final SwarmToken token = SwarmToken.create("", Optional.empty(), random);
  private final SwarmTrust trust = SwarmTrust.in(token.swarm(), token.authority().certificate());
  private final NodeIdentity worker = NodeIdentity.create(random);
  private final LinkCredentials ours =
      credentials(NodeIdentity.create(random), token, NodeRole.FULL);
  private final LinkCredentials theirs = credentials(worker, token, NodeRole.WORKER);

  private LinkCredentials credentials(NodeIdentity node, SwarmToken of, NodeRole role) {
    NodeCertificate certificate = of.authority().issue(node.keys().getPublic(), role, NOW);
    return LinkCredentials.issue(node, certificate, trust, random);
  }

  @Test
  void anEngineIsKnownAsItsNodesAfterItsCredentialsWereCarriedOver() {
    LinkCredentials carried = LinkCredentials.decode(theirs.encode());
    assertThat(ours.check(carried.chain(), NOW).id()).isEqualTo(worker.id());
    assertThat(carried.key()).isEqualTo(theirs.key());
    assertThat(carried.trust()).isEqualTo(trust);
    assertThat(carried.toString()).doesNotContain("key");
  }

  @Test
  void itIsNoCredentialOfTheNode() {
    assertFails(TokenFailure.MALFORMED, () -> trust.check(theirs.link(), NOW));
    assertThat(theirs.link().getPublicKey()).isNotEqualTo(worker.keys().getPublic());
  }

  @Test
  void othersAreRefused() {
    SwarmToken other = SwarmToken.create("", Optional.empty(), random);
    LinkCredentials stranger = credentials(NodeIdentity.create(random), other, NodeRole.FULL);
    assertFails(TokenFailure.OTHER_SWARM, () -> ours.check(stranger.chain(), NOW));

    LinkCredentials gateway = credentials(NodeIdentity.create(random), token, NodeRole.GATEWAY);
    assertFails(TokenFailure.ROLE, () -> ours.check(gateway.chain(), NOW));

    X509Certificate[] mixed = {stranger.link(), theirs.node().x509()};
    assertFails(TokenFailure.MALFORMED, () -> ours.check(mixed, NOW));
    X509Certificate[] asNode = {theirs.node().x509(), theirs.node().x509()};
    assertFails(TokenFailure.MALFORMED, () -> ours.check(asNode, NOW));
    X509Certificate[] alone = {theirs.link()};
    assertFails(TokenFailure.MALFORMED, () -> ours.check(alone, NOW));

    assertFails(
        TokenFailure.EXPIRED, () -> ours.check(theirs.chain(), NOW.plus(Duration.ofDays(8))));
  }

  @Test
  void whoIsThrownOutIsRefusedWithNewTrust() {
    Signed revocation =
        Signed.by(token, new Revocation(worker.id(), ours.node().id(), NOW, "stolen"));
    LinkCredentials after =
        new LinkCredentials(ours.key(), ours.link(), ours.node(), trust.after(revocation.text()));
    assertFails(
        TokenFailure.REVOKED,
        () -> LinkCredentials.decode(after.encode()).check(theirs.chain(), NOW));
  }

  @Test
  void nonsenseIsRefused() {
    assertFails(TokenFailure.MALFORMED, () -> LinkCredentials.decode(new byte[] {0, 0, 0, 9, 1}));
  }
}
