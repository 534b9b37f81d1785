package dev.flotilla.tokens;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class SwarmTokenTest {
  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
  private final SecureRandom random = new SecureRandom();
  private final SwarmToken token =
      SwarmToken.create("home", Optional.of(NOW.plusSeconds(60)), random)
          .withPeers(List.of(new PeerAddress("10.0.0.1", 7946), new PeerAddress("fe80::1", 1)));

  @Test
  void aLineHoldsTheWholeToken() {
    assertThat(SwarmToken.parse("  " + token.encode() + "\n")).isEqualTo(token);
    assertThat(token.encode()).matches("fltk_[A-Za-z0-9_-]+");
  }

  @Test
  void everySingleTypingErrorIsNamedAsOne() {
    String line = token.encode();
    for (int i = "fltk_".length(); i < line.length(); i++) {
      char other = line.charAt(i) == 'A' ? 'B' : 'A';
      String mistyped = line.substring(0, i) + other + line.substring(i + 1);
      if (!sameBits(mistyped, line)) {
        assertFails(TokenFailure.CHECKSUM, () -> SwarmToken.parse(mistyped));
      }
    }
  }

  /** The last character of base64 without padding may carry bits that stand for nothing. */
  private static boolean sameBits(String one, String other) {
    var decoder = java.util.Base64.getUrlDecoder();
    return java.util.Arrays.equals(
        decoder.decode(one.substring(5)), decoder.decode(other.substring(5)));
  }

  @Test
  void whateverIsNoTokenIsRefusedAndNeverBreaks() {
    assertFails(TokenFailure.MALFORMED, () -> SwarmToken.parse(""));
    assertFails(TokenFailure.MALFORMED, () -> SwarmToken.parse("fltk_"));
    assertFails(TokenFailure.MALFORMED, () -> SwarmToken.parse("fltk_%%%%"));
    assertFails(TokenFailure.MALFORMED, () -> SwarmToken.parse("x".repeat(100_000)));
    assertFails(TokenFailure.WRONG_KIND, () -> SwarmToken.parse(invite(1).encode()));
    assertFails(TokenFailure.WRONG_KIND, () -> Invite.parse(token.encode()));
    long seed = new Random().nextLong();
    Random noise = new Random(seed);
    for (int i = 0; i < 10_000; i++) {
      byte[] body = new byte[noise.nextInt(200)];
      noise.nextBytes(body);
      body = body.length > 0 && i % 2 == 0 ? withVersion(body) : body;
      byte[] noisy = body;
      String line = CredentialText.encode("fltk_", out -> out.write(noisy));
      try {
        SwarmToken.parse(line);
      } catch (TokenException expected) {
        assertThat(expected.failure()).as("seed " + seed).isNotNull();
      }
    }
  }

  private static byte[] withVersion(byte[] body) {
    body[0] = 0;
    return body;
  }

  @Test
  void anExpiredTokenLetsNobodyJoin() {
    assertThat(token.requireUsable(NOW)).isSameAs(token);
    Instant later = NOW.plusSeconds(61).plus(SwarmTrust.CLOCK_SKEW);
    assertFails(TokenFailure.EXPIRED, () -> token.requireUsable(later));
  }

  @Test
  void theAuthorityFollowsFromTheTokenBitForBit() {
    byte[] here = token.authority().certificate().encode();
    byte[] there = SwarmToken.parse(token.encode()).authority().certificate().encode();
    assertThat(here).isEqualTo(there);
    assertThat(token.rotated(random).authority().certificate().encode()).isNotEqualTo(here);
  }

  @Test
  void secretsAreNotPrinted() {
    assertThat(token.toString()).doesNotContain(token.encode()).contains("SwarmSecret[…]");
    assertThat(invite(1).toString())
        .doesNotContain("SwarmSecret")
        .contains("worker".toUpperCase(java.util.Locale.ROOT));
  }

  @Test
  void theRendezvousChangesEveryDayAndWithTheSecret() {
    LocalDate day = LocalDate.of(2026, 11, 22);
    byte[] today = token.secret().rendezvous(day);
    assertThat(today).hasSize(20).isEqualTo(token.secret().rendezvous(day));
    assertThat(token.secret().rendezvous(day.plusDays(1))).isNotEqualTo(today);
    assertThat(SwarmSecret.random(random).rendezvous(day)).isNotEqualTo(today);
  }

  @Test
  void anInviteProvesItsClaimsAndNoOthers() {
    Invite invite = Invite.parse(invite(2).encode());
    assertThat(invite).isEqualTo(invite(2));
    NodeIdentity newcomer = NodeIdentity.create(random);
    byte[] nonce = new byte[Enrolment.NONCE_BYTES];
    var key = newcomer.keys().getPublic();
    byte[] proof = invite.prove(nonce, key);
    InviteClaims claims = invite.claims();

    Enrolment.check(token, claims, nonce, key, proof, 1, NOW);

    assertFails(
        TokenFailure.USED_UP, () -> Enrolment.check(token, claims, nonce, key, proof, 2, NOW));
    assertFails(
        TokenFailure.EXPIRED,
        () -> Enrolment.check(token, claims, nonce, key, proof, 0, NOW.plus(Duration.ofDays(9))));
    byte[] otherNonce = {1};
    assertFails(
        TokenFailure.PROOF, () -> Enrolment.check(token, claims, otherNonce, key, proof, 0, NOW));
    var other = NodeIdentity.create(random).keys().getPublic();
    assertFails(
        TokenFailure.PROOF, () -> Enrolment.check(token, claims, nonce, other, proof, 0, NOW));
    InviteClaims more =
        new InviteClaims(claims.id(), NodeRole.NODE, 0, claims.expires(), claims.uses());
    assertFails(TokenFailure.PROOF, () -> Enrolment.check(token, more, nonce, key, proof, 0, NOW));
    SwarmToken stranger = SwarmToken.create("", Optional.empty(), random);
    assertFails(
        TokenFailure.PROOF, () -> Enrolment.check(stranger, claims, nonce, key, proof, 0, NOW));
  }

  @Test
  void anInviteMakesNoFullNode() {
    assertFails(
        TokenFailure.ROLE, () -> new InviteClaims("0".repeat(32), NodeRole.FULL, 0, NOW, 1));
  }

  private Invite invite(int uses) {
    InviteClaims claims =
        new InviteClaims(
            "0123456789abcdef".repeat(2), NodeRole.WORKER, 0, NOW.plus(Duration.ofDays(7)), uses);
    return Invite.mint(token, claims, List.of(new PeerAddress("10.0.0.1", 7948)));
  }

  static void assertFails(TokenFailure failure, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            TokenException.class,
            e -> assertThat(e.failure()).as(e.getMessage()).isEqualTo(failure));
  }
}
