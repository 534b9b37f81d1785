package dev.flotilla.node.auth;

import dev.flotilla.tokens.NodeCertificate;
import dev.flotilla.tokens.SwarmTrust;
import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/** Shows this node's certificate of the moment, so that a renewal needs no new connection. */
public final class SwarmKeyManager extends X509ExtendedKeyManager {
  static final String ALIAS = "node";
  private static final String FORMER_ALIAS = "node-before";
  private static final String KEY_TYPE = "EC";

  private final Credentials credentials;

  /** A key manager of this node. */
  public SwarmKeyManager(Credentials credentials) {
    this.credentials = credentials;
  }

  @Override
  public X509Certificate[] getCertificateChain(String alias) {
    SwarmTrust trust = credentials.trust();
    NodeCertificate leaf =
        Optional.of(alias)
            .filter(FORMER_ALIAS::equals)
            .flatMap(_ -> credentials.formerCertificate())
            .orElseGet(credentials::certificate);
    // A newcomer knows the authority by its hash only, so it is sent along.
    X509Certificate issuer =
        trust
            .former()
            .map(former -> former.authority().x509())
            .filter(former -> isIssuer(former.getSubjectX500Principal(), leaf))
            .orElse(trust.authority().x509());
    return new X509Certificate[] {leaf.x509(), issuer};
  }

  private static boolean isIssuer(Principal name, NodeCertificate leaf) {
    return name.equals(leaf.x509().getIssuerX500Principal());
  }

  @Override
  public PrivateKey getPrivateKey(String alias) {
    return credentials.identity().keys().getPrivate();
  }

  /**
   * Which certificate to show: that of the newest authority, unless the peer names the authorities
   * it knows and has not heard of the newest yet.
   */
  private @Nullable String chosen(Principal @Nullable [] known, String... keyTypes) {
    if (Arrays.stream(keyTypes).noneMatch(type -> type.startsWith(KEY_TYPE))) {
      return null;
    }
    return credentials
        .formerCertificate()
        .filter(former -> knows(known, former) && !knows(known, credentials.certificate()))
        .map(_ -> FORMER_ALIAS)
        .orElse(ALIAS);
  }

  private static boolean knows(Principal @Nullable [] known, NodeCertificate leaf) {
    return known != null && Arrays.stream(known).anyMatch(name -> isIssuer(name, leaf));
  }

  @Override
  public String[] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return new String[] {ALIAS, FORMER_ALIAS};
  }

  @Override
  public String[] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return new String[] {ALIAS, FORMER_ALIAS};
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return chosen(issuers, keyTypes);
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return chosen(issuers, keyType);
  }

  @Override
  public @Nullable String chooseEngineClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return chosen(issuers, keyTypes);
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return chosen(issuers, keyType);
  }
}
