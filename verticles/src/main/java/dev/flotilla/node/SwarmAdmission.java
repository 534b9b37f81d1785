package dev.flotilla.node;

import dev.flotilla.node.auth.AuditLog;
import dev.flotilla.node.auth.Credentials;
import dev.flotilla.node.auth.Newcomer;
import dev.flotilla.tokens.Invite;
import dev.flotilla.tokens.NodeCertificate;
import dev.flotilla.tokens.NodeIdentity;
import dev.flotilla.tokens.PeerAddress;
import dev.flotilla.tokens.SwarmFolder;
import dev.flotilla.tokens.SwarmToken;
import dev.flotilla.tokens.SwarmTrust;
import dev.flotilla.tokens.TokenException;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a node comes to its credentials: by what it is given, by what it keeps, or by a new swarm.
 */
final class SwarmAdmission {
  private static final Logger log = LoggerFactory.getLogger(SwarmAdmission.class);

  private final SwarmFolder folder;
  private final AuditLog audit;
  private final Clock clock;
  private final SecureRandom random = new SecureRandom();

  SwarmAdmission(SwarmFolder folder, AuditLog audit, Clock clock) {
    this.folder = folder;
    this.audit = audit;
    this.clock = clock;
  }

  /**
   * What a node was admitted with.
   *
   * @param created the token of a swarm that began with this node, to be shown once
   */
  record Admitted(Credentials credentials, Optional<SwarmToken> created) {}

  /**
   * Admits this node. Blocks; enrolling asks other nodes.
   *
   * @param given a token or an invite
   * @throws TokenException if it is refused
   */
  Admitted admit(Optional<String> given, String swarmName) {
    NodeIdentity identity = folder.identity(random);
    if (given.isPresent()) {
      return Invite.isInvite(given.get())
          ? new Admitted(byInvite(identity, Invite.parse(given.get())), Optional.empty())
          : new Admitted(
              full(identity, SwarmToken.parse(given.get()).requireUsable(clock.instant())),
              Optional.empty());
    }
    Optional<SwarmToken> kept = folder.token();
    if (kept.isPresent()) {
      return new Admitted(full(identity, kept.get()), Optional.empty());
    }
    Optional<Credentials> member = keptMembership(identity, Optional.empty());
    if (member.isPresent()) {
      return new Admitted(member.get(), Optional.empty());
    }
    SwarmToken created = SwarmToken.create(swarmName, Optional.empty(), random);
    return new Admitted(full(identity, created), Optional.of(created));
  }

  private Credentials full(NodeIdentity identity, SwarmToken token) {
    return Credentials.ofToken(identity, token, folder, audit, clock);
  }

  private Credentials byInvite(NodeIdentity identity, Invite invite) {
    // An invite that was used already is not used up again by a restart.
    return keptMembership(identity, Optional.of(invite))
        .orElseGet(() -> {
          log.info("enrolling as {} with {}", invite.claims().role().label(), invite.peers());
          Newcomer.Admission admission = new Newcomer(identity, clock).enrol(invite);
          return member(identity, admission);
        });
  }

  private Optional<Credentials> keptMembership(NodeIdentity identity, Optional<Invite> invite) {
    Optional<NodeCertificate> certificate = folder.certificate();
    Optional<SwarmTrust> trust = folder.trust();
    if (certificate.isEmpty()
        || trust.isEmpty()
        || invite.filter(given -> !given.swarm().equals(trust.get().swarm())).isPresent()) {
      return Optional.empty();
    }
    if (isValid(certificate.get(), trust.get())) {
      return Optional.of(
          Credentials.ofMember(identity, certificate.get(), trust.get(), folder, audit, clock));
    }
    List<PeerAddress> desks = invite.map(Invite::peers).orElse(List.of());
    try {
      return Optional.of(
          member(
              identity,
              new Newcomer(identity, clock).renew(certificate.get(), trust.get(), desks)));
    } catch (TokenException e) {
      log.warn("the certificate ended and was not renewed: {}", e.getMessage());
      return Optional.empty();
    }
  }

  private boolean isValid(NodeCertificate certificate, SwarmTrust trust) {
    try {
      trust.check(certificate.x509(), clock.instant());
      return true;
    } catch (TokenException _) {
      return false;
    }
  }

  private Credentials member(NodeIdentity identity, Newcomer.Admission admission) {
    return Credentials.ofMember(
        identity, admission.certificate(), admission.trust(), folder, audit, clock);
  }
}
