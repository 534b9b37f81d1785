package dev.flotilla.tokens;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Date;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * What an engine process shows on its links: a key of its own, which the node's key has certified
 * for links alone, and whom to believe. So a process that a model has taken over holds no
 * credential of the swarm: its certificate's subject is no node's, and no other plane takes it.
 *
 * @param key the private key of these links
 * @param link its certificate, signed by the node's key; ends when the node's own certificate does
 * @param node the node's certificate, signed by the swarm's authority
 * @param trust whom to believe
 */
public record LinkCredentials(
    PrivateKey key, X509Certificate link, NodeCertificate node, SwarmTrust trust) {
  private static final String SIGNATURE = "SHA256withECDSA";
  private static final int SERIAL_BITS = 120;
  private static final int MAX_PART_BYTES = 1 << 16;

  /** New keys for an engine process of a node. */
  public static LinkCredentials issue(
      NodeIdentity identity, NodeCertificate node, SwarmTrust trust, SecureRandom random) {
    NodeIdentity own = NodeIdentity.create(random);
    try {
      var builder =
          new JcaX509v3CertificateBuilder(
              node.x509().getSubjectX500Principal(),
              new BigInteger(SERIAL_BITS, random).add(BigInteger.TWO),
              Date.from(node.notBefore()),
              Date.from(node.notAfter()),
              subject(node.id()),
              own.keys().getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      X509Certificate link =
          NodeCertificate.x509(
              builder
                  .build(new JcaContentSignerBuilder(SIGNATURE).build(identity.keys().getPrivate()))
                  .getEncoded());
      return new LinkCredentials(own.keys().getPrivate(), link, node, trust);
    } catch (OperatorCreationException | IOException e) {
      throw new IllegalStateException("can't certify a link", e);
    }
  }

  private static X500Principal subject(NodeId node) {
    return new X500Principal("CN=link of " + node);
  }

  /** What is shown to the other end. */
  public X509Certificate[] chain() {
    return new X509Certificate[] {link, node.x509()};
  }

  /**
   * Whose engine is at the other end of a link.
   *
   * @param chain what it shows
   * @throws TokenException if it is no member's, or that of a member that may not host stages
   */
  public NodeCertificate check(X509Certificate[] chain, Instant now) {
    if (chain.length < 2) {
      throw refused("a link's certificate comes without its node's");
    }
    NodeCertificate peer = trust.check(chain[1], now);
    X509Certificate shown = chain[0];
    try {
      shown.verify(peer.x509().getPublicKey());
    } catch (GeneralSecurityException _) {
      throw refused("a link's certificate is not signed by its node");
    }
    if (!shown.getSubjectX500Principal().equals(subject(peer.id()))
        || shown.getBasicConstraints() >= 0) {
      throw refused("a certificate is not for links");
    }
    if (now.isAfter(shown.getNotAfter().toInstant().plus(SwarmTrust.CLOCK_SKEW))) {
      throw new TokenException(
          TokenFailure.EXPIRED, "a link's certificate ended on " + shown.getNotAfter());
    }
    if (!peer.role().may(Permission.HOST_STAGES)) {
      throw new TokenException(
          TokenFailure.ROLE,
          "node %s is a %s and may not host stages"
              .formatted(peer.id().shortened(), peer.role().label()));
    }
    return peer;
  }

  private static TokenException refused(String message) {
    return new TokenException(TokenFailure.MALFORMED, message);
  }

  /** All of it, the secret included, for the node's own engine process. */
  public byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      writePart(key.getEncoded(), out);
      writePart(NodeCertificate.encode(link), out);
      writePart(node.encode(), out);
      TrustFields.write(trust, out);
    } catch (IOException e) {
      throw new IllegalStateException("memory takes no bytes", e);
    }
    return bytes.toByteArray();
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @throws TokenException if it is something else
   */
  public static LinkCredentials decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      PrivateKey key =
          KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(readPart(in)));
      X509Certificate link = NodeCertificate.x509(readPart(in));
      NodeCertificate node = NodeCertificate.decode(readPart(in));
      return new LinkCredentials(key, link, node, TrustFields.read(in));
    } catch (IOException | GeneralSecurityException e) {
      throw new TokenException(TokenFailure.MALFORMED, "a link's credentials do not parse", e);
    }
  }

  private static void writePart(byte[] part, DataOutputStream out) throws IOException {
    out.writeInt(part.length);
    out.write(part);
  }

  private static byte[] readPart(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > MAX_PART_BYTES) {
      throw new IOException("a part of " + length + " bytes");
    }
    return CredentialText.readBytes(in, length);
  }

  /** Secrets stay out of logs. */
  @Override
  public String toString() {
    return "LinkCredentials[" + node.id().shortened() + "]";
  }
}
