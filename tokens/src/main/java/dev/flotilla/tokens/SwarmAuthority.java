package dev.flotilla.tokens;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.util.PrivateKeyInfoFactory;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * The swarm's certificate authority. Its Ed25519 key follows from the token's secret, and with
 * fixed dates and a fixed serial number its certificate is the same bit for bit wherever it is
 * made.
 */
public final class SwarmAuthority {
  /** How long a node's certificate holds; it is renewed after half of that. */
  public static final Duration CERTIFICATE_LIFETIME = Duration.ofDays(7);

  private static final Instant FROM = Instant.parse("2020-01-01T00:00:00Z");
  private static final Instant TO = Instant.parse("2120-01-01T00:00:00Z");
  private static final String SIGNATURE = "Ed25519";
  private static final int SERIAL_BITS = 120;

  private final SwarmId swarm;
  private final PrivateKey key;
  private final AuthorityCertificate certificate;
  private final SecureRandom random = new SecureRandom();

  private SwarmAuthority(SwarmId swarm, PrivateKey key, AuthorityCertificate certificate) {
    this.swarm = swarm;
    this.key = key;
    this.certificate = certificate;
  }

  /** The authority of a token. */
  static SwarmAuthority of(SwarmToken token) {
    try {
      var seed = new Ed25519PrivateKeyParameters(token.secret().authoritySeed());
      KeyFactory factory = KeyFactory.getInstance(SIGNATURE);
      PrivateKey key =
          factory.generatePrivate(
              new PKCS8EncodedKeySpec(
                  PrivateKeyInfoFactory.createPrivateKeyInfo(seed).getEncoded()));
      PublicKey publicKey =
          factory.generatePublic(
              new X509EncodedKeySpec(
                  SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(seed.generatePublicKey())
                      .getEncoded()));
      X500Principal name = name(token.swarm(), token.generation());
      var builder =
          new JcaX509v3CertificateBuilder(
              name, BigInteger.ONE, Date.from(FROM), Date.from(TO), name, publicKey);
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
      builder.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      return new SwarmAuthority(
          token.swarm(), key, new AuthorityCertificate(token.generation(), sign(builder, key)));
    } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
      throw new IllegalStateException("can't make the swarm's authority", e);
    }
  }

  private static X500Principal name(SwarmId swarm, int generation) {
    return new X500Principal("CN=Flotilla swarm " + generation + ",O=" + swarm);
  }

  private static X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey key)
      throws OperatorCreationException, IOException {
    return NodeCertificate.x509(
        builder.build(new JcaContentSignerBuilder(SIGNATURE).build(key)).getEncoded());
  }

  /** Certifies a node. Valid from a little before now, as clocks differ. */
  public NodeCertificate issue(PublicKey node, NodeRole role, Instant now) {
    return issue(node, role, now.minus(SwarmTrust.CLOCK_SKEW), now.plus(CERTIFICATE_LIFETIME));
  }

  NodeCertificate issue(PublicKey node, NodeRole role, Instant from, Instant to) {
    try {
      var builder =
          new JcaX509v3CertificateBuilder(
              certificate.x509().getSubjectX500Principal(),
              new BigInteger(SERIAL_BITS, random).add(BigInteger.TWO),
              Date.from(from),
              Date.from(to),
              new X500Principal("CN=" + NodeId.of(node) + ",O=" + swarm),
              node);
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      builder.addExtension(
          Extension.extendedKeyUsage,
          false,
          new ExtendedKeyUsage(
              new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}));
      builder.addExtension(
          new ASN1ObjectIdentifier(NodeCertificate.ROLE_OID),
          false,
          new DERUTF8String(role.label()));
      return NodeCertificate.of(sign(builder, key));
    } catch (OperatorCreationException | IOException e) {
      throw new IllegalStateException("can't certify a node", e);
    }
  }

  /** Signs a statement for all members; {@link AuthorityCertificate#verifies} checks it. */
  byte[] sign(byte[] statement) {
    return Ed25519.sign(key, statement);
  }

  /** The authority's own certificate, no secret. */
  public AuthorityCertificate certificate() {
    return certificate;
  }

  /** SHA-256 of its public key, in hexadecimal. */
  public String keyHash() {
    return certificate.keyHash();
  }
}
