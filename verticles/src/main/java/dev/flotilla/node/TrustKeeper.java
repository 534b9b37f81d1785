package dev.flotilla.node;

import dev.flotilla.node.auth.Credentials;
import dev.flotilla.node.auth.Newcomer;
import dev.flotilla.node.cluster.BusException;
import dev.flotilla.node.cluster.BusFailure;
import dev.flotilla.node.cluster.Call;
import dev.flotilla.node.cluster.SharedMap;
import dev.flotilla.node.cluster.SwarmBus;
import dev.flotilla.node.cluster.TextCodec;
import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.PeerAddress;
import dev.flotilla.tokens.Permission;
import dev.flotilla.tokens.SwarmToken;
import dev.flotilla.tokens.TokenException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a node's credentials abreast of its swarm: takes revocations and rotations that others
 * publish, publishes its own, fetches a new token, and renews the certificate before it ends.
 */
final class TrustKeeper {
  private static final Logger log = LoggerFactory.getLogger(TrustKeeper.class);
  private static final long RENEWAL_CHECK_MILLIS = 60_000;
  private static final long CALL_MILLIS = 5_000;

  /** Asks a full node for the token after a rotation. */
  private static final Call<String, String> TOKEN =
      new Call<>(
          "flotilla.token",
          Permission.HOLD_SECRET,
          new TextCodec(16),
          new TextCodec(8192),
          CALL_MILLIS);

  private final Credentials credentials;
  private final NodeDirectory directory;
  private final SwarmBus bus;
  private final SharedMap statements;
  private final Vertx vertx;
  private final Clock clock;

  /**
   * Begins to follow.
   *
   * @param statements what the swarm's authority has signed, shared by all members
   */
  TrustKeeper(
      Credentials credentials,
      NodeDirectory directory,
      SwarmBus bus,
      SharedMap statements,
      Vertx vertx,
      Clock clock) {
    this.credentials = credentials;
    this.directory = directory;
    this.bus = bus;
    this.statements = statements;
    this.vertx = vertx;
    this.clock = clock;
    var _ = bus.serve(TOKEN, (_, _) -> currentToken());
    statements.onPut((_, statement) -> take(statement));
    takeAll();
    publishRevocations();
    vertx.setPeriodic(RENEWAL_CHECK_MILLIS, _ -> renewIfDue());
  }

  /** Reads all statements again: after a partition the other half may have put some. */
  void takeAll() {
    statements.entries().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(entry -> take(entry.getValue()));
  }

  /**
   * Throws a node out, everywhere.
   *
   * @throws TokenException if this node does not hold the token
   */
  void revoke(NodeId node, String reason) {
    String statement = credentials.revoke(node, reason);
    statements.put(revocationKey(credentials.trust().authority().generation(), node), statement);
  }

  /**
   * Moves the swarm to a new secret.
   *
   * @param overlap how long members may still show certificates of the old one
   * @return the new token
   * @throws TokenException if this node does not hold the token
   */
  SwarmToken rotate(Duration overlap) {
    int before = credentials.trust().authority().generation();
    Credentials.Begun begun =
        credentials.rotate(overlap, directory.everMembers(), new SecureRandom());
    statements.put(rotationKey(before), begun.statements().getFirst());
    publishRevocations();
    return begun.token();
  }

  private void publishRevocations() {
    credentials
        .trust()
        .revocations()
        .forEach((node, signed) ->
            statements.put(revocationKey(signed.generation(), node), signed.text()));
  }

  /** Keys sort in the order in which statements must be taken. */
  private static String revocationKey(int generation, NodeId node) {
    return "%010d-revocation-%s".formatted(generation, node);
  }

  private static String rotationKey(int generation) {
    return "%010d-rotation".formatted(generation);
  }

  private void take(String statement) {
    var _ =
        vertx
            .executeBlocking(() -> takeNow(statement), true)
            .onFailure(thrown -> log.warn("a statement was not taken", thrown));
  }

  private boolean takeNow(String statement) {
    try {
      if (!credentials.accept(statement)) {
        return false;
      }
    } catch (TokenException e) {
      log.debug("a statement is of no use here: {}", e.getMessage());
      return false;
    }
    if (credentials.trust().revoked(credentials.id())) {
      log.error("this node was thrown out of its swarm");
    }
    if (lacksNewToken()) {
      fetchToken();
    } else {
      renewIfDue();
    }
    return true;
  }

  private boolean lacksNewToken() {
    int newest = credentials.trust().authority().generation();
    return credentials.token().filter(token -> token.generation() < newest).isPresent();
  }

  private void fetchToken() {
    for (NodeCard card : directory.fullNodes()) {
      if (!card.id().equals(credentials.id())) {
        try {
          credentials.accept(SwarmToken.parse(askForToken(card.id())));
          return;
        } catch (Exception e) {
          log.debug("node {} gave no token: {}", card.id().shortened(), e.getMessage());
        }
      }
    }
    log.warn("the swarm's secret was replaced, and no node could give the new one yet");
  }

  private String askForToken(NodeId fullNode) throws Exception {
    return bus.request(TOKEN, fullNode, "ask")
        .toCompletionStage()
        .toCompletableFuture()
        .get(2 * CALL_MILLIS, TimeUnit.MILLISECONDS);
  }

  private Future<String> currentToken() {
    return credentials
        .token()
        .filter(token -> token.generation() == credentials.trust().authority().generation())
        .map(token -> Future.succeededFuture(token.encode()))
        .orElseGet(() ->
            Future.failedFuture(
                new BusException(BusFailure.NOT_FOUND, "this node does not hold the token")));
  }

  private void renewIfDue() {
    if (isOfOldAuthority() || !clock.instant().isBefore(credentials.renewAt())) {
      var _ =
          vertx
              .executeBlocking(this::renew, true)
              .onFailure(thrown ->
                  log.warn("the certificate was not renewed yet: {}", thrown.getMessage()));
    }
  }

  private boolean isOfOldAuthority() {
    return !credentials
        .certificate()
        .x509()
        .getIssuerX500Principal()
        .equals(credentials.trust().authority().x509().getSubjectX500Principal());
  }

  private boolean renew() {
    if (!credentials.renewByItself()) {
      List<PeerAddress> desks = directory.fullNodes().stream().map(NodeCard::link).toList();
      credentials.renewed(
          new Newcomer(credentials.identity(), clock)
              .renew(credentials.certificate(), credentials.trust(), desks)
              .certificate());
    }
    return true;
  }
}
