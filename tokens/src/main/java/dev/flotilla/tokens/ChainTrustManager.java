package dev.flotilla.tokens;

import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Judges certificates by one rule, whichever side shows them. Names of hosts mean nothing here: who
 * a node is says its certificate.
 */
public abstract class ChainTrustManager extends X509ExtendedTrustManager {
  private static final String UNKNOWN = "a peer";

  /**
   * Accepts a chain by returning. Any thread.
   *
   * @param chain what the peer shows, its own certificate first; at least one
   * @param peer where it is, for people
   * @throws TokenException if it is refused
   */
  protected abstract void check(X509Certificate[] chain, String peer);

  private void judge(X509Certificate[] chain, String peer) throws CertificateException {
    if (chain.length == 0) {
      throw new CertificateException("no certificate");
    }
    try {
      check(chain, peer);
    } catch (TokenException e) {
      throw new CertificateException(e.getMessage(), e);
    }
  }

  private static String peer(@Nullable SSLEngine engine) {
    return engine == null || engine.getPeerHost() == null
        ? UNKNOWN
        : engine.getPeerHost() + ":" + engine.getPeerPort();
  }

  private static String peer(@Nullable Socket socket) {
    SocketAddress address = socket == null ? null : socket.getRemoteSocketAddress();
    return address instanceof InetSocketAddress inet ? inet.toString() : UNKNOWN;
  }

  @Override
  public final void checkClientTrusted(
      X509Certificate[] chain, String type, @Nullable SSLEngine engine)
      throws CertificateException {
    judge(chain, peer(engine));
  }

  @Override
  public final void checkServerTrusted(
      X509Certificate[] chain, String type, @Nullable SSLEngine engine)
      throws CertificateException {
    judge(chain, peer(engine));
  }

  @Override
  public final void checkClientTrusted(
      X509Certificate[] chain, String type, @Nullable Socket socket) throws CertificateException {
    judge(chain, peer(socket));
  }

  @Override
  public final void checkServerTrusted(
      X509Certificate[] chain, String type, @Nullable Socket socket) throws CertificateException {
    judge(chain, peer(socket));
  }

  @Override
  public final void checkClientTrusted(X509Certificate[] chain, String type)
      throws CertificateException {
    judge(chain, UNKNOWN);
  }

  @Override
  public final void checkServerTrusted(X509Certificate[] chain, String type)
      throws CertificateException {
    judge(chain, UNKNOWN);
  }

  /** None by name: what is believed is asked of {@link #check}. */
  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
