package dev.flotilla.tokens;

import dev.flotilla.tokens.SwarmStatement.Revocation;
import dev.flotilla.tokens.SwarmStatement.Rotation;
import dev.flotilla.tokens.SwarmStatement.Signed;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Whom a member believes: the swarm's authority, during a rotation also the one before it for those
 * who were members then, and who was thrown out. Immutable; a decision is a pure function of it, a
 * certificate and the time.
 *
 * @param swarm which swarm
 * @param authority the newest
 * @param former the one before, while certificates of it are still accepted
 * @param revocations by node, signed by the newest authority
 */
public record SwarmTrust(
    SwarmId swarm,
    AuthorityCertificate authority,
    Optional<FormerAuthority> former,
    Map<NodeId, Signed> revocations) {

  /** By how much the clocks of two members may differ. */
  public static final Duration CLOCK_SKEW = Duration.ofMinutes(10);

  /** The most nodes that a swarm remembers as thrown out. */
  public static final int MAX_REVOCATIONS = 10_000;

  /**
   * An authority that was replaced.
   *
   * @param authority its certificate
   * @param until when its certificates end
   * @param members whose certificates those may be
   */
  public record FormerAuthority(
      AuthorityCertificate authority, Instant until, Set<NodeId> members) {
    public FormerAuthority {
      members = Set.copyOf(members);
    }
  }

  public SwarmTrust {
    revocations = Map.copyOf(revocations);
  }

  /** The trust of a member that has only just begun. */
  public static SwarmTrust in(SwarmId swarm, AuthorityCertificate authority) {
    return new SwarmTrust(swarm, authority, Optional.empty(), Map.of());
  }

  /**
   * What of a certificate does not change with time, and takes a signature to find out.
   *
   * @param node what it says
   * @param issuer the authority that signed it
   */
  public record Verified(NodeCertificate node, AuthorityCertificate issuer) {}

  /**
   * Whether a certificate's holder is a member now.
   *
   * @return what the certificate says
   * @throws TokenException saying why not
   */
  public NodeCertificate check(X509Certificate certificate, Instant now) {
    return check(verify(certificate), now);
  }

  /**
   * The slow part of a check: who signed a certificate. Its result may be kept.
   *
   * @throws TokenException if no authority of this swarm did
   */
  public Verified verify(X509Certificate certificate) {
    NodeCertificate node = NodeCertificate.of(certificate);
    if (!node.swarm().equals(swarm)) {
      throw otherSwarm();
    }
    return Stream.concat(Stream.of(authority), former.map(FormerAuthority::authority).stream())
        .filter(each -> each.issued(certificate))
        .findFirst()
        .map(issuer -> new Verified(node, issuer))
        .orElseThrow(SwarmTrust::otherSwarm);
  }

  /**
   * The rest of a check: whether the issuer still counts, the dates, who was thrown out.
   *
   * @param verified by this trust, or by that of this swarm at another time
   * @throws TokenException saying why its holder is no member
   */
  public NodeCertificate check(Verified verified, Instant now) {
    NodeCertificate node = verified.node();
    checkIssuer(verified, now);
    checkDates(node, now);
    Signed revocation = revocations.get(node.id());
    if (revocation != null && revocation.statement() instanceof Revocation thrownOut) {
      throw new TokenException(
          TokenFailure.REVOKED,
          "node %s was thrown out on %s (%s)"
              .formatted(node.id().shortened(), thrownOut.at(), thrownOut.reason()));
    }
    return node;
  }

  private void checkIssuer(Verified verified, Instant now) {
    if (verified.issuer().equals(authority)) {
      return;
    }
    NodeCertificate node = verified.node();
    FormerAuthority before =
        former
            .filter(candidate -> candidate.authority().equals(verified.issuer()))
            .orElseThrow(SwarmTrust::otherSwarm);
    if (now.isAfter(before.until())) {
      throw new TokenException(
          TokenFailure.EXPIRED,
          "the certificate of node %s is of a secret that was replaced; the time to change ended on %s"
              .formatted(node.id().shortened(), before.until()));
    }
    if (!before.members().contains(node.id())) {
      throw new TokenException(
          TokenFailure.OTHER_SWARM,
          "node %s was no member when the swarm's secret was replaced"
              .formatted(node.id().shortened()));
    }
  }

  private static TokenException otherSwarm() {
    return new TokenException(
        TokenFailure.OTHER_SWARM, "the certificate is of another swarm, or of none");
  }

  private static void checkDates(NodeCertificate node, Instant now) {
    if (now.isAfter(node.notAfter().plus(CLOCK_SKEW))) {
      throw new TokenException(
          TokenFailure.EXPIRED,
          "the certificate of node %s ended on %s"
              .formatted(node.id().shortened(), node.notAfter()));
    }
    if (now.isBefore(node.notBefore().minus(CLOCK_SKEW))) {
      throw new TokenException(
          TokenFailure.NOT_YET_VALID,
          "the certificate of node %s begins on %s, and it is %s here: set the clocks of both machines"
              .formatted(node.id().shortened(), node.notBefore(), now));
    }
  }

  /** Whether a node was thrown out. */
  public boolean revoked(NodeId node) {
    return revocations.containsKey(node);
  }

  /**
   * This trust after a statement; itself if it knows that already.
   *
   * @param text what {@link Signed#text} gave
   * @throws TokenException if the newest authority did not sign it
   */
  public SwarmTrust after(String text) {
    if (isKnown(text)) {
      return this;
    }
    Signed signed = Signed.parse(text, authority);
    return switch (signed.statement()) {
      case Revocation revocation -> with(revocation.node(), signed);
      case Rotation rotation -> rotated(rotation);
    };
  }

  private boolean isKnown(String text) {
    return revocations.values().stream().anyMatch(known -> known.text().equals(text));
  }

  private SwarmTrust with(NodeId node, Signed revocation) {
    if (revocations.containsKey(node)) {
      return this;
    }
    if (revocations.size() >= MAX_REVOCATIONS) {
      throw new TokenException(
          TokenFailure.MALFORMED,
          MAX_REVOCATIONS + " nodes were thrown out already: rotate the token instead");
    }
    Map<NodeId, Signed> more = new LinkedHashMap<>(revocations);
    more.put(node, revocation);
    return new SwarmTrust(swarm, authority, former, more);
  }

  private SwarmTrust rotated(Rotation rotation) {
    if (rotation.next().generation() != authority.generation() + 1) {
      throw new TokenException(
          TokenFailure.MALFORMED,
          "a rotation to generation %d follows generation %d"
              .formatted(rotation.next().generation(), authority.generation()));
    }
    // Who was thrown out under the old authority is no member, so its certificates end here; the
    // rotating node signs revocations anew for those that came by an invite.
    return new SwarmTrust(
        swarm,
        rotation.next(),
        Optional.of(new FormerAuthority(authority, rotation.overlapUntil(), rotation.members())),
        Map.of());
  }

  /** The statements that make this trust, for a member that comes later. */
  public List<String> revocationTexts() {
    List<String> texts = new ArrayList<>();
    revocations.values().forEach(signed -> texts.add(signed.text()));
    return texts;
  }
}
