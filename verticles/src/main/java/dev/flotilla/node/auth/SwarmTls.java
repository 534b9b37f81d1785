package dev.flotilla.node.auth;

import dev.flotilla.tokens.Hex;
import dev.flotilla.tokens.NodeId;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.JksOptions;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.TCPSSLOptions;
import io.vertx.core.net.TrustOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/**
 * Mutual TLS 1.3 with this node's credentials, for each plane in the form that it takes. Everything
 * made here follows renewals and revocations by itself: handshakes ask {@link Credentials}.
 *
 * <p>Sessions are never resumed: a resumed handshake would not ask whether the peer was thrown out
 * meanwhile.
 */
public final class SwarmTls {
  /** The only protocol version. */
  public static final String PROTOCOL = "TLSv1.3";

  private static final String TICKETS = "jdk.tls.server.newSessionTicketCount";
  private static final String NAME_AUTHORITIES = "jdk.tls.client.enableCAExtension";

  static {
    // Read once by Java's TLS, before the first handshake of this process.
    System.setProperty(TICKETS, "0");
    // By this a server sees that a client was away when the swarm's secret was replaced.
    System.setProperty(NAME_AUTHORITIES, "true");
  }

  private final Credentials credentials;
  private final AuditLog audit;

  /** TLS of a node. */
  public SwarmTls(Credentials credentials, AuditLog audit) {
    this.credentials = credentials;
    this.audit = audit;
  }

  /** For code that drives TLS engines itself. */
  public SSLContext context(String plane) {
    try {
      SSLContext context = SSLContext.getInstance(PROTOCOL);
      context.init(
          new KeyManager[] {new SwarmKeyManager(credentials)},
          new TrustManager[] {trustManager(plane, Optional.empty())},
          new SecureRandom());
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java lacks TLS 1.3", e);
    }
  }

  /**
   * For servers and clients of Vert.x: options that come back with TLS on.
   *
   * @param plane what they are for, for the audit log
   * @param expected the only node to talk to; empty talks to every member
   */
  public <O extends TCPSSLOptions> O secure(O options, String plane, Optional<NodeId> expected) {
    options.setSsl(true);
    options.setEnabledSecureTransportProtocols(Set.of(PROTOCOL));
    options.setKeyCertOptions(KeyCertOptions.wrap(new SwarmKeyManager(credentials)));
    options.setTrustOptions(TrustOptions.wrap(trustManager(plane, expected)));
    return options;
  }

  private SwarmTrustManager trustManager(String plane, Optional<NodeId> expected) {
    return new SwarmTrustManager(credentials, audit, plane, expected);
  }

  /** For the event bus, which copies its options through JSON and so takes key stores only. */
  public EventBusOptions secure(EventBusOptions options) {
    String alias = "swarm-" + Hex.random(16);
    SwarmJsse.install()
        .register(
            alias,
            new SwarmJsse.Managers(
                new SwarmKeyManager(credentials), trustManager("event bus", Optional.empty())));
    JksOptions store = new JksOptions().setValue(store(alias)).setPassword(alias);
    options.setSsl(true);
    options.setEnabledSecureTransportProtocols(Set.of(PROTOCOL));
    options.setClientAuth(ClientAuth.REQUIRED);
    options.setKeyCertOptions(store);
    options.setTrustOptions(store);
    return options;
  }

  /**
   * A key store that stands for the live managers by its alias; no key is in it, and its password
   * protects nothing. Of Java's formats this is the one that does not take a good part of a second
   * to derive a key from the password, each time.
   */
  private Buffer store(String alias) {
    try {
      KeyStore store = KeyStore.getInstance("JKS");
      store.load(null, null);
      store.setCertificateEntry(alias, credentials.certificate().x509());
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      store.store(bytes, alias.toCharArray());
      return Buffer.buffer(bytes.toByteArray());
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("can't make a key store", e);
    }
  }
}
