package dev.flotilla.node.auth;

import dev.flotilla.tokens.SwarmTrust.Verified;
import dev.flotilla.tokens.TokenException;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Members' certificates whose signature was found to hold: every request and message shows one, and
 * the signature costs more than all that such a request does. Whether it still counts is asked each
 * time. Those of strangers are not kept. Bounded; any thread.
 */
final class VerifiedCertificates {
  /** The most that are kept; those used longest ago go. */
  static final int MAX_KEPT = 1_024;

  private final Map<X509Certificate, Verified> kept =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<X509Certificate, Verified> eldest) {
          return size() > MAX_KEPT;
        }
      };

  /**
   * What was found out about a certificate, now or before.
   *
   * @throws TokenException if {@code verify} does, which is asked again next time
   */
  Verified get(X509Certificate certificate, Function<X509Certificate, Verified> verify) {
    synchronized (kept) {
      Verified known = kept.get(certificate);
      if (known != null) {
        return known;
      }
    }
    Verified found = verify.apply(certificate);
    synchronized (kept) {
      kept.put(certificate, found);
    }
    return found;
  }
}
