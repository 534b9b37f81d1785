package dev.flotilla.node.worker;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.process.StageRole.LinkIdentity;
import dev.flotilla.sharding.link.LinkSecurity;
import dev.flotilla.tokens.ChainTrustManager;
import dev.flotilla.tokens.LinkCredentials;
import dev.flotilla.tokens.TokenException;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManager;

/** Links between members of a swarm, with the credentials that the node gave last. */
final class SwarmLinks implements LinkSecurity {
  private volatile Held held;

  private record Held(LinkCredentials credentials, SSLContext context) {}

  /**
   * With the first credentials.
   *
   * @throws EngineException if they can't be used
   */
  SwarmLinks(LinkIdentity identity) {
    this.held = hold(identity);
  }

  /** Takes newer credentials. */
  void renew(LinkIdentity identity) {
    held = hold(identity);
  }

  /** The node that these are links of. */
  String self() {
    LinkCredentials credentials = held.credentials();
    return credentials.check(credentials.chain(), Instant.now()).id().hex();
  }

  @Override
  public SSLContext context() {
    return held.context();
  }

  @Override
  public String peer(SSLSession session) throws IOException {
    Certificate[] chain = session.getPeerCertificates();
    try {
      X509Certificate[] shown = Arrays.copyOf(chain, chain.length, X509Certificate[].class);
      return held.credentials().check(shown, Instant.now()).id().hex();
    } catch (TokenException | ArrayStoreException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private Held hold(LinkIdentity identity) {
    try {
      LinkCredentials credentials = LinkCredentials.decode(identity.credentials());
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry("link", credentials.key(), new char[0], credentials.chain());
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, new char[0]);
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(keys.getKeyManagers(), new TrustManager[] {new Members(credentials)}, null);
      return new Held(credentials, context);
    } catch (GeneralSecurityException | IOException | TokenException e) {
      throw new EngineException(
          EngineFailure.INTERNAL, "the keys for links can't be used: " + e.getMessage());
    }
  }

  /** Believes engines of members that may host stages; which of them, the transport asks. */
  private static final class Members extends ChainTrustManager {
    private final LinkCredentials credentials;

    Members(LinkCredentials credentials) {
      this.credentials = credentials;
    }

    @Override
    protected void check(X509Certificate[] chain, String peer) {
      credentials.check(chain, Instant.now());
    }
  }
}
