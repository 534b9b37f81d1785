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
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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

  /** Who joins gets the shared statements a little later, and nothing tells when. */
  private static final long REREAD_MILLIS = 3_000;

  private static final long CALL_MILLIS = 5_000;
  private static final long FAREWELL_MILLIS = 1_000;
  private static final int MAX_STATEMENT_CHARS = 8192;

  /** Asks a full node for the token after a rotation. */
  private static final Call<String, String> TOKEN =
      new Call<>(
          "flotilla.token",
          Permission.HOLD_SECRET,
          new TextCodec(16),
          new TextCodec(8192),
          CALL_MILLIS);

  /** Tells a node that it is thrown out: once it is, it hears nothing any more. */
  private static final Call<String, String> FAREWELL =
      new Call<>(
          "flotilla.farewell",
          Permission.REVOKE_NODES,
          new TextCodec(MAX_STATEMENT_CHARS),
          new TextCodec(16),
          FAREWELL_MILLIS);

  private final Credentials credentials;
  private final NodeDirectory directory;
  private final SwarmBus bus;
  private final SharedMap statements;
  private final Vertx vertx;
  private final Clock clock;
  private final Set<String> taken = ConcurrentHashMap.newKeySet();

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
    var _ = bus.serve(FAREWELL, (_, statement) -> take(statement).map("heard"));
    statements.onPut((_, statement) -> take(statement));
    takeAll();
    publishRevocations();
    sayIfThrownOut();
    vertx.setPeriodic(RENEWAL_CHECK_MILLIS, _ -> renewIfDue());
    vertx.setPeriodic(REREAD_MILLIS, _ -> catchUp());
  }

  /** Reads all statements again: after a partition the other half may have put some. */
  void takeAll() {
    statements.entries().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(Map.Entry::getValue)
        .filter(statement -> !taken.contains(statement))
        .forEach(this::take);
  }

  private void catchUp() {
    takeAll();
    if (lacksNewToken()) {
      var _ = vertx.executeBlocking(this::fetchToken, true);
    }
  }

  /**
   * Throws a node out, everywhere.
   *
   * @throws TokenException if this node does not hold the token
   */
  void revoke(NodeId node, String reason) {
    String statement = credentials.revocation(node, reason);
    sayFarewell(node, statement);
    credentials.accept(statement);
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

  private void sayFarewell(NodeId node, String statement) {
    try {
      await(bus.request(FAREWELL, node, statement));
    } catch (Exception e) {
      log.debug("node {} was not told: {}", node.shortened(), e.getMessage());
    }
  }

  private Future<Boolean> take(String statement) {
    return vertx
        .executeBlocking(() -> takeNow(statement), true)
        .onFailure(thrown -> log.warn("a statement was not taken", thrown));
  }

  private boolean takeNow(String statement) {
    try {
      boolean news = credentials.accept(statement);
      taken.add(statement);
      if (!news) {
        return false;
      }
    } catch (TokenException e) {
      log.debug("a statement is of no use here: {}", e.getMessage());
      return false;
    }
    sayIfThrownOut();
    if (lacksNewToken()) {
      fetchToken();
    } else {
      renewIfDue();
    }
    return true;
  }

  private void sayIfThrownOut() {
    if (credentials.trust().revoked(credentials.id())) {
      log.error(
          "this node was thrown out of its swarm: it goes on alone. To join again it needs a new"
              + " identity: ask an administrator of the swarm for an invite or the token, and start"
              + " it with that and another --state-dir");
    }
  }

  private boolean lacksNewToken() {
    int newest = credentials.trust().authority().generation();
    return credentials.token().filter(token -> token.generation() < newest).isPresent();
  }

  private boolean fetchToken() {
    for (NodeCard card : directory.fullNodes()) {
      if (!card.id().equals(credentials.id())) {
        try {
          credentials.accept(SwarmToken.parse(await(bus.request(TOKEN, card.id(), "ask"))));
          return true;
        } catch (Exception e) {
          log.debug("node {} gave no token: {}", card.id().shortened(), e.getMessage());
        }
      }
    }
    log.warn("the swarm's secret was replaced, and no node could give the new one yet");
    return false;
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future
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
