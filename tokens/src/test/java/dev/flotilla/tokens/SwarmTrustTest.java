package dev.flotilla.tokens;

import static dev.flotilla.tokens.SwarmTokenTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.tokens.SwarmStatement.Revocation;
import dev.flotilla.tokens.SwarmStatement.Rotation;
import dev.flotilla.tokens.SwarmStatement.Signed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SwarmTrustTest {
  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
  private final SecureRandom random = new SecureRandom();
  private final SwarmToken token = SwarmToken.create("", Optional.empty(), random);
  private final SwarmAuthority authority = token.authority();
  private final SwarmTrust trust = SwarmTrust.in(token.swarm(), authority.certificate());
  private final NodeIdentity node = NodeIdentity.create(random);
  private final NodeCertificate certificate =
      authority.issue(node.keys().getPublic(), NodeRole.WORKER, NOW);

  @Test
  void aMemberIsBelievedWithItsRole() {
    NodeCertificate read = trust.check(NodeCertificate.decode(certificate.encode()).x509(), NOW);
    assertThat(read.id()).isEqualTo(node.id());
    assertThat(read.role()).isEqualTo(NodeRole.WORKER);
    assertThat(read.role().may(Permission.HOST_STAGES)).isTrue();
    assertThat(read.role().may(Permission.OPEN_SESSIONS)).isFalse();
  }

  @Test
  void datesCountButMinutesOfClockSkewDoNot() {
    Instant end = certificate.notAfter();
    trust.check(certificate.x509(), end.plus(Duration.ofMinutes(9)));
    assertFails(
        TokenFailure.EXPIRED,
        () -> trust.check(certificate.x509(), end.plus(Duration.ofMinutes(11))));
    trust.check(certificate.x509(), NOW.minus(Duration.ofMinutes(19)));
    assertFails(
        TokenFailure.NOT_YET_VALID,
        () -> trust.check(certificate.x509(), NOW.minus(Duration.ofMinutes(21))));
  }

  @Test
  void strangersAreRefused() {
    SwarmToken other = SwarmToken.create("", Optional.empty(), random);
    NodeCertificate stranger = other.authority().issue(node.keys().getPublic(), NodeRole.FULL, NOW);
    assertFails(TokenFailure.OTHER_SWARM, () -> trust.check(stranger.x509(), NOW));
    SwarmToken sameId =
        new SwarmToken("", token.swarm(), 0, other.secret(), Optional.empty(), java.util.List.of());
    NodeCertificate forged = sameId.authority().issue(node.keys().getPublic(), NodeRole.FULL, NOW);
    assertFails(TokenFailure.OTHER_SWARM, () -> trust.check(forged.x509(), NOW));
    assertFails(TokenFailure.MALFORMED, () -> trust.check(authority.certificate().x509(), NOW));
  }

  @Test
  void whoIsThrownOutStaysOutAndOnlyTheAuthorityThrowsOut() {
    Signed revocation = Signed.by(token, revocationOf(node));
    SwarmTrust after = trust.after(revocation.text());
    assertFails(TokenFailure.REVOKED, () -> after.check(certificate.x509(), NOW));
    assertThat(after.after(revocation.text())).isSameAs(after);
    SwarmToken other = SwarmToken.create("", Optional.empty(), random);
    assertFails(
        TokenFailure.OTHER_SWARM, () -> trust.after(Signed.by(other, revocationOf(node)).text()));
    assertFails(TokenFailure.MALFORMED, () -> trust.after("%"));
  }

  @Test
  void aRotationKeepsMembersForAWhileAndAdmitsNobodyWithTheOldSecret() {
    SwarmToken next = token.rotated(random);
    Instant until = NOW.plus(Duration.ofHours(24));
    Rotation rotation = new Rotation(next.authority().certificate(), until, Set.of(node.id()));
    SwarmTrust rotated = trust.after(Signed.by(token, rotation).text());

    rotated.check(certificate.x509(), NOW);
    NodeIdentity thief = NodeIdentity.create(random);
    NodeCertificate stolen = authority.issue(thief.keys().getPublic(), NodeRole.FULL, NOW);
    assertFails(TokenFailure.OTHER_SWARM, () -> rotated.check(stolen.x509(), NOW));
    assertFails(
        TokenFailure.EXPIRED, () -> rotated.check(certificate.x509(), until.plusSeconds(1)));
    rotated.check(
        next.authority().issue(node.keys().getPublic(), NodeRole.WORKER, NOW).x509(), NOW);
    assertFails(
        TokenFailure.OTHER_SWARM, () -> rotated.after(Signed.by(token, revocationOf(node)).text()));
  }

  @Test
  void whatWasVerifiedOnceIsStillJudgedAnew() {
    SwarmTrust.Verified known = trust.verify(certificate.x509());
    assertThat(trust.check(known, NOW).id()).isEqualTo(node.id());
    assertFails(TokenFailure.EXPIRED, () -> trust.check(known, NOW.plus(Duration.ofDays(8))));
    SwarmTrust without = trust.after(Signed.by(token, revocationOf(node)).text());
    assertFails(TokenFailure.REVOKED, () -> without.check(known, NOW));

    SwarmToken next = token.rotated(random);
    Instant until = NOW.plus(Duration.ofHours(24));
    Set<NodeId> members = Set.of(node.id());
    SwarmTrust rotated =
        trust.after(
            Signed.by(token, new Rotation(next.authority().certificate(), until, members)).text());
    assertThat(rotated.check(known, NOW).id()).isEqualTo(node.id());
    assertFails(TokenFailure.EXPIRED, () -> rotated.check(known, until.plusSeconds(1)));
    SwarmToken third = next.rotated(random);
    SwarmTrust twice =
        rotated.after(
            Signed.by(next, new Rotation(third.authority().certificate(), until, members)).text());
    assertFails(TokenFailure.OTHER_SWARM, () -> twice.check(known, NOW));
  }

  @Test
  void theFolderKeepsEverythingForItsOwnerAlone(@TempDir Path folder) throws Exception {
    SwarmFolder files = new SwarmFolder(folder.resolve("swarm"));
    assertThat(files.token()).isEmpty();
    assertThat(files.trust()).isEmpty();
    NodeIdentity made = files.identity(random);
    assertThat(files.identity(random).id()).isEqualTo(made.id());
    SwarmToken next = token.rotated(random);
    SwarmTrust full =
        trust
            .after(
                Signed.by(
                        token, new Rotation(next.authority().certificate(), NOW, Set.of(node.id())))
                    .text())
            .after(Signed.by(next, revocationOf(node)).text());
    files.keep(token);
    files.keep(certificate);
    files.keep(full);
    files.keepInviteUses(Map.of("a", 3));

    SwarmFolder again = new SwarmFolder(folder.resolve("swarm"));
    assertThat(again.token()).contains(token);
    assertThat(again.certificate()).contains(certificate);
    assertThat(again.trust()).contains(full);
    assertThat(again.inviteUses()).isEqualTo(Map.of("a", 3));
    try (var kept = Files.list(folder.resolve("swarm"))) {
      for (Path file : kept.toList()) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
            .isEqualTo("rw-------");
      }
    }
    Files.writeString(folder.resolve("swarm/token"), "fltk_AAAA");
    assertFails(TokenFailure.STORAGE, again::token);
  }

  private Revocation revocationOf(NodeIdentity thrownOut) {
    return new Revocation(thrownOut.id(), node.id(), NOW, "lost laptop");
  }
}
