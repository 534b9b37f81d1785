package dev.flotilla.node.auth;

import dev.flotilla.node.auth.AuditLog.Event;
import dev.flotilla.tokens.NodeCertificate;
import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.NodeIdentity;
import dev.flotilla.tokens.NodeRole;
import dev.flotilla.tokens.Permission;
import dev.flotilla.tokens.SwarmAuthority;
import dev.flotilla.tokens.SwarmFolder;
import dev.flotilla.tokens.SwarmStatement.Revocation;
import dev.flotilla.tokens.SwarmStatement.Rotation;
import dev.flotilla.tokens.SwarmStatement.Signed;
import dev.flotilla.tokens.SwarmToken;
import dev.flotilla.tokens.SwarmTrust;
import dev.flotilla.tokens.TokenException;
import dev.flotilla.tokens.TokenFailure;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/**
 * What this node is and whom it believes, alive: certificates are renewed and statements arrive
 * while connections come and go, and every handshake asks here. Any thread; changes are kept in the
 * {@link SwarmFolder} before they count, so they block.
 */
public final class Credentials {
  private final NodeIdentity identity;
  private final SwarmFolder folder;
  private final AuditLog audit;
  private final Clock clock;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private final VerifiedCertificates verified = new VerifiedCertificates();

  private volatile Held held;

  /**
   * @param former this node's certificate of the authority before the newest, while that counts
   */
  private record Held(
      NodeCertificate certificate,
      SwarmTrust trust,
      Optional<SwarmToken> token,
      Optional<NodeCertificate> former) {

    Held with(NodeCertificate next, SwarmTrust nextTrust, Optional<SwarmToken> nextToken) {
      return new Held(
          next,
          nextTrust,
          nextToken,
          Stream.concat(Stream.of(certificate), former.stream())
              .filter(each -> isFormer(each, nextTrust))
              .findFirst());
    }

    static boolean isFormer(NodeCertificate certificate, SwarmTrust trust) {
      return trust
          .former()
          .filter(before -> before.authority().issued(certificate.x509()))
          .isPresent();
    }
  }

  private Credentials(
      NodeIdentity identity, SwarmFolder folder, AuditLog audit, Clock clock, Held held) {
    this.identity = identity;
    this.folder = folder;
    this.audit = audit;
    this.clock = clock;
    this.held = held;
  }

  /** The credentials of a full node: it holds the token and certifies itself. */
  public static Credentials ofToken(
      NodeIdentity identity, SwarmToken given, SwarmFolder folder, AuditLog audit, Clock clock) {
    Optional<SwarmTrust> kept = folder.trust().filter(trust -> trust.swarm().equals(given.swarm()));
    // A line copied before a rotation is older than what this node learnt through it.
    SwarmToken token =
        folder
            .token()
            .filter(known -> known.swarm().equals(given.swarm()))
            .filter(known -> known.generation() > given.generation())
            .orElse(given);
    SwarmTrust trust =
        kept.filter(known -> known.authority().equals(token.authority().certificate()))
            .orElseGet(() -> SwarmTrust.in(token.swarm(), token.authority().certificate()));
    NodeCertificate certificate =
        token.authority().issue(identity.keys().getPublic(), NodeRole.FULL, clock.instant());
    folder.keep(token);
    return of(identity, certificate, trust, Optional.of(token), folder, audit, clock);
  }

  /** The credentials of a node that enrolled by an invite. */
  public static Credentials ofMember(
      NodeIdentity identity,
      NodeCertificate certificate,
      SwarmTrust trust,
      SwarmFolder folder,
      AuditLog audit,
      Clock clock) {
    return of(identity, certificate, trust, Optional.empty(), folder, audit, clock);
  }

  private static Credentials of(
      NodeIdentity identity,
      NodeCertificate certificate,
      SwarmTrust trust,
      Optional<SwarmToken> token,
      SwarmFolder folder,
      AuditLog audit,
      Clock clock) {
    folder.keep(trust);
    folder.keep(certificate);
    Optional<NodeCertificate> former =
        folder.formerCertificate().filter(kept -> Held.isFormer(kept, trust));
    return new Credentials(
        identity, folder, audit, clock, new Held(certificate, trust, token, former));
  }

  /** This node's key pair. */
  public NodeIdentity identity() {
    return identity;
  }

  /** Who this node is. */
  public NodeId id() {
    return identity.id();
  }

  /** What this node is. */
  public NodeRole role() {
    return held.certificate().role();
  }

  /** This node's certificate now. */
  public NodeCertificate certificate() {
    return held.certificate();
  }

  /**
   * This node's certificate of the authority before the newest, for members that were away when the
   * secret was replaced; as long as certificates of that authority count.
   */
  public Optional<NodeCertificate> formerCertificate() {
    return held.former();
  }

  /** Whom this node believes now. */
  public SwarmTrust trust() {
    return held.trust();
  }

  /** The swarm's token, if this node holds it. */
  public Optional<SwarmToken> token() {
    return held.token();
  }

  /** Calls back after every change of certificate or trust, on the thread that made it. */
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }

  /**
   * Whether a certificate's holder is a member and may do something.
   *
   * @throws TokenException saying why not
   */
  public NodeCertificate check(X509Certificate certificate, Permission permission) {
    SwarmTrust trust = held.trust();
    NodeCertificate node = trust.check(verified.get(certificate, trust::verify), clock.instant());
    require(node, permission);
    return node;
  }

  /**
   * Refuses a member whose role does not permit something.
   *
   * @throws TokenException if so
   */
  public static void require(NodeCertificate node, Permission permission) {
    if (!node.role().may(permission)) {
      throw new TokenException(
          TokenFailure.ROLE,
          "node %s is a %s and may not %s"
              .formatted(
                  node.id().shortened(),
                  node.role().label(),
                  permission.name().toLowerCase(Locale.ROOT).replace('_', ' ')));
    }
  }

  /** When this node's certificate should be renewed: after half of its life. */
  public Instant renewAt() {
    NodeCertificate certificate = held.certificate();
    Duration life = Duration.between(certificate.notBefore(), certificate.notAfter());
    return certificate.notBefore().plus(life.dividedBy(2));
  }

  /** Certifies this node anew, if it holds the token. */
  public boolean renewByItself() {
    synchronized (this) {
      Held now = held;
      if (now.token().isEmpty()) {
        return false;
      }
      SwarmAuthority authority = now.token().get().authority();
      NodeCertificate renewed =
          authority.issue(identity.keys().getPublic(), NodeRole.FULL, clock.instant());
      hold(now.with(renewed, now.trust(), now.token()));
    }
    changed();
    return true;
  }

  /**
   * Takes a certificate that a full node issued for this node.
   *
   * @throws TokenException if it is not this node's or not to be believed
   */
  public void renewed(NodeCertificate certificate) {
    if (!certificate.id().equals(identity.id())) {
      throw new TokenException(TokenFailure.UNEXPECTED_NODE, "the certificate is another node's");
    }
    synchronized (this) {
      held.trust().check(certificate.x509(), clock.instant());
      hold(held.with(certificate, held.trust(), held.token()));
    }
    audit.record(Event.RENEWED, id().shortened(), "valid until " + certificate.notAfter());
    changed();
  }

  /**
   * Takes a statement of the swarm's authority, whoever passed it on.
   *
   * @return whether it was news
   * @throws TokenException if the newest authority did not sign it
   */
  public boolean accept(String statement) {
    synchronized (this) {
      SwarmTrust after = held.trust().after(statement);
      if (after.equals(held.trust())) {
        return false;
      }
      reportNews(held.trust(), after);
      hold(held.with(held.certificate(), after, held.token()));
    }
    changed();
    return true;
  }

  private void reportNews(SwarmTrust before, SwarmTrust after) {
    if (!before.authority().equals(after.authority())) {
      audit.record(Event.ROTATED, "the swarm", "to generation " + after.authority().generation());
    }
    for (var entry : after.revocations().entrySet()) {
      if (!before.revoked(entry.getKey())
          && entry.getValue().statement() instanceof Revocation revocation) {
        audit.record(
            Event.REVOKED,
            entry.getKey().shortened(),
            "by " + revocation.by().shortened() + ": " + revocation.reason());
      }
    }
  }

  /**
   * Takes the swarm's new secret after a rotation, and certifies this node with it.
   *
   * @throws TokenException if it is not the secret of the authority that this node believes
   */
  public void accept(SwarmToken token) {
    synchronized (this) {
      if (!token.authority().certificate().equals(held.trust().authority())) {
        throw new TokenException(
            TokenFailure.OTHER_SWARM, "the new token is not that of the swarm's newest authority");
      }
      hold(held.with(held.certificate(), held.trust(), Optional.of(token)));
      folder.keep(token);
    }
    renewByItself();
  }

  /**
   * States that a node is thrown out, for all members to {@link #accept(String)}, this one
   * included.
   *
   * @throws TokenException if this node does not hold the token
   */
  public String revocation(NodeId node, String reason) {
    return Signed.by(requireToken(), new Revocation(node, id(), clock.instant(), reason)).text();
  }

  /**
   * A rotation that was begun here.
   *
   * @param token with the new secret
   * @param statements for all members, in order: the rotation, then all revocations anew
   */
  public record Begun(SwarmToken token, List<String> statements) {
    public Begun {
      statements = List.copyOf(statements);
    }
  }

  /**
   * Moves the swarm to a new secret, here; statements have to be passed on to all members, and the
   * token to the full ones.
   *
   * @param overlap how long certificates of the old secret are still accepted from members
   * @param members all that are known, this node included
   * @throws TokenException if this node does not hold the token
   */
  public Begun rotate(Duration overlap, Set<NodeId> members, SecureRandom random) {
    SwarmToken before = requireToken();
    SwarmToken next = before.rotated(random);
    Set<NodeId> kept = new HashSet<>(members);
    kept.add(id());
    kept.removeIf(held.trust()::revoked);
    List<String> statements = new ArrayList<>();
    statements.add(
        Signed.by(
                before,
                new Rotation(next.authority().certificate(), clock.instant().plus(overlap), kept))
            .text());
    for (Signed revocation : held.trust().revocations().values()) {
      statements.add(Signed.by(next, revocation.statement()).text());
    }
    statements.forEach(this::accept);
    accept(next);
    return new Begun(next, statements);
  }

  private SwarmToken requireToken() {
    return held.token()
        .orElseThrow(() ->
            new TokenException(
                TokenFailure.ROLE,
                "this node was invited and does not hold the swarm's token: ask a full node"));
  }

  private void hold(Held next) {
    folder.keep(next.trust());
    folder.keep(next.certificate());
    next.former().ifPresent(folder::keepFormer);
    held = next;
  }

  private void changed() {
    listeners.forEach(Runnable::run);
  }
}
