package dev.flotilla.node.auth;

import dev.flotilla.node.auth.AuditLog.Event;
import dev.flotilla.tokens.AuthorityCertificate;
import dev.flotilla.tokens.Enrolment;
import dev.flotilla.tokens.Hex;
import dev.flotilla.tokens.InviteClaims;
import dev.flotilla.tokens.NodeCertificate;
import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.NodeIdentity;
import dev.flotilla.tokens.NodeRole;
import dev.flotilla.tokens.SwarmToken;
import dev.flotilla.tokens.TokenException;
import dev.flotilla.tokens.TokenFailure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where newcomers enrol and members renew: {@code POST /enrol/nonce} gives a nonce that counts once
 * and for a minute, {@code POST /enrol/invite} takes the proof of an invite, {@code POST
 * /enrol/renewal} a certificate that may have ended up to {@value #RENEWAL_GRACE_DAYS} days ago (a
 * machine that slept) with a signature of its key. Answered with a certificate by full nodes only.
 */
public final class EnrolmentDesk {
  /** Where it is mounted. */
  public static final String PATH = "/enrol";

  private static final int RENEWAL_GRACE_DAYS = 90;
  private static final Duration NONCE_LIFETIME = Duration.ofMinutes(1);
  private static final int MAX_NONCES = 1024;
  private static final int MAX_BODY_BYTES = 16 * 1024;

  private final Vertx vertx;
  private final Credentials credentials;
  private final Uses uses;
  private final AuditLog audit;
  private final Clock clock;
  private final Map<String, Instant> nonces = new LinkedHashMap<>();

  /** Counts the uses of invites, for all full nodes together. */
  public interface Uses {
    /** How often an invite was used; blocks. */
    int used(String invite);

    /** Counts one more use, unless that were too many; blocks. */
    boolean use(String invite, int limit);
  }

  /** A desk that is mounted nowhere yet. */
  public EnrolmentDesk(
      Vertx vertx, Credentials credentials, Uses uses, AuditLog audit, Clock clock) {
    this.vertx = vertx;
    this.credentials = credentials;
    this.uses = uses;
    this.audit = audit;
    this.clock = clock;
  }

  /** Takes requests below {@link #PATH}. */
  public void handle(HttpServerRequest request) {
    if (request.method() != HttpMethod.POST) {
      PeerPlane.refuse(request, 405, "method", "this takes POST only");
      return;
    }
    body(request)
        .compose(body -> vertx.executeBlocking(() -> answer(request.path(), body), false))
        .onSuccess(answer ->
            request.response().putHeader("content-type", "application/json").end(answer.toBuffer()))
        .onFailure(thrown -> {
          String message =
              thrown instanceof TokenException || thrown instanceof DecodeException
                  ? thrown.getMessage()
                  : "this request can't be read";
          audit.record(
              Event.REFUSED, String.valueOf(request.remoteAddress()), "enrolment: " + message);
          PeerPlane.refuse(request, 403, "refused", message);
        });
  }

  private static Future<JsonObject> body(HttpServerRequest request) {
    Buffer whole = Buffer.buffer();
    request.handler(part -> {
      if (whole.length() + part.length() > MAX_BODY_BYTES) {
        var _ = request.connection().close();
      } else {
        whole.appendBuffer(part);
      }
    });
    return request.end().map(_ -> whole.length() == 0 ? new JsonObject() : new JsonObject(whole));
  }

  private JsonObject answer(String path, JsonObject body) {
    SwarmToken token =
        credentials
            .token()
            .orElseThrow(() ->
                new TokenException(
                    TokenFailure.ROLE, "this node was invited itself: enrol with a full node"));
    return switch (path) {
      case PATH + "/nonce" -> new JsonObject().put("nonce", newNonce());
      case PATH + "/invite" -> enrol(token, body);
      case PATH + "/renewal" -> renew(token, body);
      default -> throw new TokenException(TokenFailure.MALFORMED, "there is no " + path);
    };
  }

  private JsonObject enrol(SwarmToken token, JsonObject body) {
    byte[] nonce = takeNonce(body);
    PublicKey key = NodeIdentity.publicKey(bytes(body, "public_key"));
    InviteClaims claims = claims(body);
    if (claims.generation() != token.generation()) {
      throw new TokenException(
          TokenFailure.EXPIRED, "the invite is of a secret that was replaced: ask for a new one");
    }
    Instant now = clock.instant();
    Enrolment.check(token, claims, nonce, key, bytes(body, "proof"), uses.used(claims.id()), now);
    refuseRevoked(NodeId.of(key));
    if (!uses.use(claims.id(), claims.uses())) {
      throw new TokenException(
          TokenFailure.USED_UP, "the invite was used as often as it may be: ask for a new one");
    }
    return certified(token, key, claims.role(), Event.ENROLLED, now);
  }

  private JsonObject renew(SwarmToken token, JsonObject body) {
    byte[] nonce = takeNonce(body);
    NodeCertificate before = NodeCertificate.decode(bytes(body, "certificate"));
    if (before.role() == NodeRole.FULL) {
      throw new TokenException(TokenFailure.ROLE, "a full node certifies itself");
    }
    Instant now = clock.instant();
    Instant graceEnds = before.notAfter().plus(Duration.ofDays(RENEWAL_GRACE_DAYS));
    // Judged as of its last valid moment; all else has to hold now.
    Instant asOf = now.isBefore(before.notAfter()) ? now : before.notAfter();
    credentials.trust().check(before.x509(), asOf);
    if (now.isAfter(graceEnds)) {
      throw new TokenException(
          TokenFailure.EXPIRED,
          "the certificate ended on " + before.notAfter() + ", too long ago: use a new invite");
    }
    if (!NodeIdentity.verify(before.x509().getPublicKey(), nonce, bytes(body, "signature"))) {
      throw new TokenException(TokenFailure.PROOF, "the signature is not of the certificate's key");
    }
    return certified(token, before.x509().getPublicKey(), before.role(), Event.RENEWED, now);
  }

  private JsonObject certified(
      SwarmToken token, PublicKey key, NodeRole role, Event event, Instant now) {
    NodeCertificate issued = token.authority().issue(key, role, now);
    audit.record(event, issued.id().shortened(), "as " + role.label());
    AuthorityCertificate authority = credentials.trust().authority();
    JsonArray revocations = new JsonArray();
    credentials.trust().revocationTexts().forEach(revocations::add);
    return new JsonObject()
        .put("certificate", issued.encode())
        .put("swarm", token.swarm().hex())
        .put("generation", authority.generation())
        .put("authority", authority.encode())
        .put("revocations", revocations);
  }

  private void refuseRevoked(NodeId node) {
    if (credentials.trust().revoked(node)) {
      throw new TokenException(
          TokenFailure.REVOKED, "node " + node.shortened() + " was thrown out of this swarm");
    }
  }

  private synchronized String newNonce() {
    Instant now = clock.instant();
    nonces.values().removeIf(expires -> expires.isBefore(now));
    if (nonces.size() >= MAX_NONCES) {
      Iterator<String> oldest = nonces.keySet().iterator();
      oldest.next();
      oldest.remove();
    }
    String nonce = Hex.random(Enrolment.NONCE_BYTES);
    nonces.put(nonce, now.plus(NONCE_LIFETIME));
    return nonce;
  }

  private synchronized byte[] takeNonce(JsonObject body) {
    String nonce = text(body, "nonce");
    Instant expires = nonces.remove(nonce);
    if (expires == null || expires.isBefore(clock.instant())) {
      throw new TokenException(
          TokenFailure.PROOF, "the nonce was not given here, was used already or is too old");
    }
    return nonce.getBytes(StandardCharsets.US_ASCII);
  }

  private static InviteClaims claims(JsonObject body) {
    try {
      return new InviteClaims(
          text(body, "id"),
          NodeRole.of(text(body, "role")),
          body.getInteger("generation", -1),
          Instant.ofEpochSecond(Math.clamp(body.getLong("expires", 0L), 0, 1L << 40)),
          body.getInteger("uses", 0));
    } catch (ClassCastException _) {
      throw new TokenException(TokenFailure.MALFORMED, "the claims of the invite can't be read");
    }
  }

  private static String text(JsonObject body, String field) {
    if (body.getValue(field) instanceof String value) {
      return value;
    }
    throw new TokenException(TokenFailure.MALFORMED, "the field " + field + " is missing");
  }

  private static byte[] bytes(JsonObject body, String field) {
    try {
      // As JsonObject writes bytes.
      return Base64.getUrlDecoder().decode(text(body, field));
    } catch (IllegalArgumentException _) {
      throw new TokenException(TokenFailure.MALFORMED, "the field " + field + " is not base64");
    }
  }
}
