package dev.flotilla.node.cluster;

import dev.flotilla.node.auth.AuditLog;
import dev.flotilla.node.auth.AuditLog.Event;
import dev.flotilla.node.auth.Credentials;
import dev.flotilla.tokens.Permission;
import dev.flotilla.tokens.TokenException;
import java.net.SocketAddress;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets members into the cluster and nobody else, and says who was refused, and why. */
final class Gatekeeper implements TlsSession.Listener {
  private static final Logger log = LoggerFactory.getLogger(Gatekeeper.class);
  private static final long HINT_NANOS = TimeUnit.MINUTES.toNanos(5);

  private final Credentials credentials;
  private final AuditLog audit;
  private final AtomicLong nextHintNanos = new AtomicLong(System.nanoTime());

  Gatekeeper(Credentials credentials, AuditLog audit) {
    this.credentials = credentials;
    this.audit = audit;
  }

  @Override
  public void refused(@Nullable SocketAddress peer, boolean outgoing, String reason) {
    audit.record(
        Event.REFUSED,
        String.valueOf(peer),
        (outgoing ? "cluster, outgoing: " : "cluster: ") + reason);
    if (outgoing && reason.contains(TlsSession.ALERT) && reason.contains("certificate")) {
      hint(peer);
    }
  }

  private void hint(@Nullable SocketAddress peer) {
    long now = System.nanoTime();
    long due = nextHintNanos.get();
    if (now - due >= 0 && nextHintNanos.compareAndSet(due, now + HINT_NANOS)) {
      log.warn(
          "{} is of this swarm and refuses this node: it was thrown out, or the token was"
              + " replaced while it was away, or its clock is wrong. If the clock is right, start"
              + " it with the swarm's present token (flotilla token show) or with a new invite",
          peer);
    }
  }

  @Override
  public Optional<String> objection(X509Certificate peer) {
    try {
      credentials.check(peer, Permission.JOIN);
      return Optional.empty();
    } catch (TokenException e) {
      return Optional.of(e.getMessage());
    }
  }
}
