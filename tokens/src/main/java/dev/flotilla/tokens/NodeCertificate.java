package dev.flotilla.tokens;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1String;

/**
 * What a node's X.509 certificate says, read and consistent; whether it is to be believed is {@link
 * SwarmTrust}'s to decide.
 *
 * @param id the subject's common name, which is the hash of the certified key
 * @param swarm the subject's organisation
 * @param role the extension {@value #ROLE_OID}
 * @param notBefore start of its validity
 * @param notAfter end of its validity
 * @param x509 the certificate itself
 */
public record NodeCertificate(
    NodeId id,
    SwarmId swarm,
    NodeRole role,
    Instant notBefore,
    Instant notAfter,
    X509Certificate x509) {

  /** The extension that carries the role, a UTF8String; an arc under a UUID (X.667) of our own. */
  static final String ROLE_OID = "2.25.116023232636694387382929616091302283852";

  private static final Pattern SUBJECT = Pattern.compile("CN=([0-9a-f]{64}),O=([0-9a-f]{32})");

  /**
   * Reads a certificate.
   *
   * @throws TokenException if it is not one that a swarm issues
   */
  public static NodeCertificate of(X509Certificate certificate) {
    Matcher subject = SUBJECT.matcher(certificate.getSubjectX500Principal().getName());
    if (!subject.matches()) {
      throw malformed("its subject is not CN=node id, O=swarm id");
    }
    NodeId id = new NodeId(subject.group(1));
    if (!id.equals(NodeId.of(certificate.getPublicKey()))) {
      throw malformed("its subject is not the hash of its key");
    }
    if (certificate.getBasicConstraints() >= 0) {
      throw malformed("it is an authority's, not a node's");
    }
    return new NodeCertificate(
        id,
        new SwarmId(subject.group(2)),
        role(certificate),
        certificate.getNotBefore().toInstant(),
        certificate.getNotAfter().toInstant(),
        certificate);
  }

  /**
   * Reads a certificate from DER.
   *
   * @throws TokenException if it is not one that a swarm issues
   */
  public static NodeCertificate decode(byte[] der) {
    return of(x509(der));
  }

  static X509Certificate x509(byte[] der) {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(der));
    } catch (GeneralSecurityException e) {
      throw new TokenException(TokenFailure.MALFORMED, "a certificate does not parse", e);
    }
  }

  /** The certificate in DER. */
  public byte[] encode() {
    return encode(x509);
  }

  static byte[] encode(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a parsed certificate can't be encoded", e);
    }
  }

  private static NodeRole role(X509Certificate certificate) {
    byte[] extension = certificate.getExtensionValue(ROLE_OID);
    if (extension == null) {
      throw malformed("it names no role");
    }
    try {
      byte[] value = ASN1OctetString.getInstance(extension).getOctets();
      if (ASN1Primitive.fromByteArray(value) instanceof ASN1String role) {
        return NodeRole.of(role.getString());
      }
    } catch (IOException | IllegalArgumentException _) {
      // Said below.
    }
    throw malformed("its role does not parse");
  }

  private static TokenException malformed(String problem) {
    return new TokenException(TokenFailure.MALFORMED, "a certificate is not a node's: " + problem);
  }

  @Override
  public String toString() {
    return "NodeCertificate[" + id.shortened() + ", " + role.label() + ", until " + notAfter + "]";
  }
}
