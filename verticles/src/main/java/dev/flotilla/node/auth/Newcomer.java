package dev.flotilla.node.auth;

import dev.flotilla.tokens.AuthorityCertificate;
import dev.flotilla.tokens.ChainTrustManager;
import dev.flotilla.tokens.Invite;
import dev.flotilla.tokens.NodeCertificate;
import dev.flotilla.tokens.NodeIdentity;
import dev.flotilla.tokens.PeerAddress;
import dev.flotilla.tokens.SwarmId;
import dev.flotilla.tokens.SwarmTrust;
import dev.flotilla.tokens.TokenException;
import dev.flotilla.tokens.TokenFailure;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/**
 * The other side of the {@link EnrolmentDesk}: a machine that has an invite and becomes a member,
 * or a member whose certificate has to be renewed. Calls block.
 */
public final class Newcomer {
  /** Generous: a full node may be busy, and who gives up has to be started again by hand. */
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final NodeIdentity identity;
  private final Clock clock;

  /**
   * What a full node gave.
   *
   * @param certificate of this node
   * @param trust whom it may believe from now on
   */
  public record Admission(NodeCertificate certificate, SwarmTrust trust) {}

  /** A machine with its own identity. */
  public Newcomer(NodeIdentity identity, Clock clock) {
    this.identity = identity;
    this.clock = clock;
  }

  /**
   * Enrols with the first full node of an invite that answers.
   *
   * @throws TokenException if none admits this machine; the message says why each did not
   */
  public Admission enrol(Invite invite) {
    Predicate<AuthorityCertificate> ours =
        authority -> authority.keyHash().equals(invite.authorityKeyHash());
    return atAnyOf(
        invite.peers(),
        peer -> {
          try (HttpClient client = client(ours)) {
            String nonce = nonce(client, peer);
            byte[] proof =
                invite.prove(
                    nonce.getBytes(StandardCharsets.US_ASCII), identity.keys().getPublic());
            JsonObject answer =
                post(
                    client,
                    peer,
                    "/invite",
                    new JsonObject()
                        .put("nonce", nonce)
                        .put("public_key", identity.keys().getPublic().getEncoded())
                        .put("proof", proof)
                        .put("id", invite.claims().id())
                        .put("role", invite.claims().role().label())
                        .put("generation", invite.claims().generation())
                        .put("expires", invite.claims().expires().getEpochSecond())
                        .put("uses", invite.claims().uses()));
            return admission(answer, ours);
          }
        });
  }

  /**
   * Renews a certificate with the first full node that answers.
   *
   * @param peers link addresses of full nodes
   */
  public Admission renew(NodeCertificate before, SwarmTrust trust, List<PeerAddress> peers) {
    Predicate<AuthorityCertificate> ours =
        authority -> authority.keyHash().equals(trust.authority().keyHash());
    return atAnyOf(
        peers,
        peer -> {
          try (HttpClient client = client(ours)) {
            String nonce = nonce(client, peer);
            byte[] signature = identity.sign(nonce.getBytes(StandardCharsets.US_ASCII));
            JsonObject answer =
                post(
                    client,
                    peer,
                    "/renewal",
                    new JsonObject()
                        .put("nonce", nonce)
                        .put("certificate", before.encode())
                        .put("signature", signature));
            return admission(answer, ours);
          }
        });
  }

  private interface Attempt {
    Admission at(PeerAddress peer) throws IOException, InterruptedException;
  }

  private static Admission atAnyOf(List<PeerAddress> peers, Attempt attempt) {
    List<String> problems = new ArrayList<>();
    for (PeerAddress peer : peers) {
      try {
        return attempt.at(peer);
      } catch (IOException e) {
        problems.add(peer + ": " + e.getMessage());
      } catch (TokenException e) {
        problems.add(peer + ": " + e.getMessage());
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        break;
      }
    }
    throw new TokenException(
        TokenFailure.OTHER_SWARM,
        problems.isEmpty()
            ? "no full node of the swarm is known where this one could enrol"
            : "no full node admitted this one: " + String.join("; ", problems));
  }

  private Admission admission(JsonObject answer, Predicate<AuthorityCertificate> ours) {
    try {
      AuthorityCertificate authority =
          AuthorityCertificate.decode(
              answer.getInteger("generation"), answer.getBinary("authority"));
      if (!ours.test(authority)) {
        throw new TokenException(TokenFailure.OTHER_SWARM, "it is of another swarm");
      }
      SwarmTrust trust = SwarmTrust.in(new SwarmId(answer.getString("swarm")), authority);
      for (Object text : answer.getJsonArray("revocations", new JsonArray())) {
        trust = trust.after((String) text);
      }
      NodeCertificate certificate = NodeCertificate.decode(answer.getBinary("certificate"));
      trust.check(certificate.x509(), clock.instant());
      if (!certificate.id().equals(identity.id())) {
        throw new TokenException(TokenFailure.UNEXPECTED_NODE, "it certified another node");
      }
      return new Admission(certificate, trust);
    } catch (ClassCastException | NullPointerException | IllegalArgumentException e) {
      throw new TokenException(TokenFailure.MALFORMED, "its answer can't be read", e);
    }
  }

  private static String nonce(HttpClient client, PeerAddress peer)
      throws IOException, InterruptedException {
    String nonce = post(client, peer, "/nonce", new JsonObject()).getString("nonce", "");
    if (nonce.isEmpty()) {
      throw new TokenException(TokenFailure.MALFORMED, "it gave no nonce");
    }
    return nonce;
  }

  private static JsonObject post(HttpClient client, PeerAddress peer, String path, JsonObject body)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("https://" + peer + EnrolmentDesk.PATH + path))
            .timeout(TIMEOUT)
            .POST(BodyPublishers.ofString(body.encode()))
            .build();
    HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
    try {
      JsonObject answer = new JsonObject(response.body());
      if (response.statusCode() != 200) {
        throw new TokenException(
            TokenFailure.PROOF, answer.getString("message", "status " + response.statusCode()));
      }
      return answer;
    } catch (DecodeException | ClassCastException e) {
      throw new TokenException(TokenFailure.MALFORMED, "its answer can't be read", e);
    }
  }

  private static HttpClient client(Predicate<AuthorityCertificate> ours) {
    try {
      SSLContext context = SSLContext.getInstance(SwarmTls.PROTOCOL);
      context.init(null, new TrustManager[] {new AuthorityPin(ours)}, new SecureRandom());
      return HttpClient.newBuilder().sslContext(context).connectTimeout(TIMEOUT).build();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java lacks TLS 1.3", e);
    }
  }

  /** Believes a server whose chain ends at the swarm's authority, known by its hash. */
  private static final class AuthorityPin extends ChainTrustManager {
    private final Predicate<AuthorityCertificate> ours;

    AuthorityPin(Predicate<AuthorityCertificate> ours) {
      this.ours = ours;
    }

    @Override
    protected void check(X509Certificate[] chain, String peer) {
      if (chain.length != 2) {
        throw new TokenException(TokenFailure.PROOF, "a chain of two certificates is expected");
      }
      AuthorityCertificate authority = new AuthorityCertificate(0, chain[1]);
      if (!ours.test(authority)) {
        throw new TokenException(
            TokenFailure.OTHER_SWARM, "the server is of another swarm, or of none");
      }
      NodeCertificate server = NodeCertificate.of(chain[0]);
      SwarmTrust.in(server.swarm(), authority).check(chain[0], Clock.systemUTC().instant());
    }
  }
}
