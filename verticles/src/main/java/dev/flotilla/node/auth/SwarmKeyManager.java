package dev.flotilla.node.auth;

import dev.flotilla.tokens.SwarmTrust;
import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/** Shows this node's certificate of the moment, so that a renewal needs no new connection. */
public final class SwarmKeyManager extends X509ExtendedKeyManager {
  static final String ALIAS = "node";
  private static final String KEY_TYPE = "EC";

  private final Credentials credentials;

  /** A key manager of this node. */
  public SwarmKeyManager(Credentials credentials) {
    this.credentials = credentials;
  }

  @Override
  public X509Certificate[] getCertificateChain(String alias) {
    X509Certificate leaf = credentials.certificate().x509();
    SwarmTrust trust = credentials.trust();
    // A newcomer knows the authority by its hash only, so it is sent along.
    X509Certificate issuer =
        trust
            .former()
            .map(former -> former.authority().x509())
            .filter(
                former -> former.getSubjectX500Principal().equals(leaf.getIssuerX500Principal()))
            .orElse(trust.authority().x509());
    return Stream.of(leaf, issuer).toArray(X509Certificate[]::new);
  }

  @Override
  public PrivateKey getPrivateKey(String alias) {
    return credentials.identity().keys().getPrivate();
  }

  private static @Nullable String alias(String keyType) {
    return keyType.startsWith(KEY_TYPE) ? ALIAS : null;
  }

  @Override
  public String[] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return new String[] {ALIAS};
  }

  @Override
  public String[] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return new String[] {ALIAS};
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return chosen(keyTypes);
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return alias(keyType);
  }

  @Override
  public @Nullable String chooseEngineClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return chosen(keyTypes);
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return alias(keyType);
  }

  private static @Nullable String chosen(String[] keyTypes) {
    for (String keyType : keyTypes) {
      if (alias(keyType) != null) {
        return ALIAS;
      }
    }
    return null;
  }
}
