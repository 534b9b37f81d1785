package dev.flotilla.tokens;

import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;

/**
 * A swarm authority's certificate: what members and newcomers believe in.
 *
 * @param generation of the secret that it follows from
 * @param x509 the certificate itself
 */
public record AuthorityCertificate(int generation, X509Certificate x509) {

  /**
   * Reads one from DER.
   *
   * @throws TokenException if it does not parse
   */
  public static AuthorityCertificate decode(int generation, byte[] der) {
    return new AuthorityCertificate(generation, NodeCertificate.x509(der));
  }

  /** The certificate in DER. */
  public byte[] encode() {
    return NodeCertificate.encode(x509);
  }

  /** SHA-256 of its public key, in hexadecimal. */
  public String keyHash() {
    return Hex.of(Hashes.sha256(x509.getPublicKey().getEncoded()));
  }

  /** Whether it issued a certificate. */
  public boolean issued(X509Certificate certificate) {
    try {
      certificate.verify(x509.getPublicKey());
      return certificate.getIssuerX500Principal().equals(x509.getSubjectX500Principal());
    } catch (GeneralSecurityException _) {
      return false;
    }
  }

  /** Whether it signed a statement. */
  boolean verifies(byte[] statement, byte[] signature) {
    return Ed25519.verify(x509.getPublicKey(), statement, signature);
  }
}
