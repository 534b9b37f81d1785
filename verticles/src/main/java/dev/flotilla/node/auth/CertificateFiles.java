package dev.flotilla.node.auth;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMException;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;

/** Certificates and keys in PEM files (RFC 7468), as certificate authorities hand them out. */
public final class CertificateFiles {
  private static final int MAX_FILE_BYTES = 1 << 20;

  private CertificateFiles() {}

  /** Which of two files is to blame. */
  public enum Part {
    CERTIFICATE,
    KEY
  }

  /** A file that can't be used; the message names it and is for people. */
  public static final class UnusableException extends Exception {
    private static final long serialVersionUID = 1;
    private final Part part;

    UnusableException(Part part, String message) {
      super(message);
      this.part = part;
    }

    /** What the file should have held. */
    public Part part() {
      return part;
    }
  }

  /**
   * Reads a server's certificate and key.
   *
   * @param certificate the server's certificate first, then those that lead to its authority
   * @param key PKCS #8, PKCS #1 or SEC 1, not encrypted; RSA, EC or Ed25519
   * @param now when it must be valid
   * @throws UnusableException if they don't make a certificate that clients would take now
   */
  public static ServerCertificate read(Path certificate, Path key, Instant now)
      throws UnusableException {
    List<X509Certificate> chain = chain(certificate);
    X509Certificate leaf = chain.getFirst();
    if (now.isAfter(leaf.getNotAfter().toInstant())) {
      throw unusable(
          Part.CERTIFICATE,
          "the certificate in %s ended at %s"
              .formatted(certificate, leaf.getNotAfter().toInstant()));
    }
    if (now.isBefore(leaf.getNotBefore().toInstant())) {
      throw unusable(
          Part.CERTIFICATE,
          "the certificate in %s is valid only from %s; the clock says %s"
              .formatted(certificate, leaf.getNotBefore().toInstant(), now));
    }
    PrivateKey privateKey = key(key);
    if (!ServerCertificate.belongTogether(privateKey, leaf.getPublicKey())) {
      throw unusable(
          Part.KEY,
          "the key in %s is not that of the first certificate in %s".formatted(key, certificate));
    }
    return new ServerCertificate(chain, privateKey);
  }

  /**
   * The certificates in a file.
   *
   * @throws UnusableException if there are none, or one does not parse
   */
  public static List<X509Certificate> chain(Path file) throws UnusableException {
    byte[] bytes = bytes(Part.CERTIFICATE, file);
    try {
      List<X509Certificate> chain =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(bytes))
              .stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (!chain.isEmpty()) {
        return chain;
      }
    } catch (CertificateException e) {
      throw unusable(
          Part.CERTIFICATE, "%s holds no readable certificate: %s".formatted(file, e.getMessage()));
    }
    throw unusable(Part.CERTIFICATE, file + " holds no certificate in PEM form");
  }

  private static PrivateKey key(Path file) throws UnusableException {
    String text = new String(bytes(Part.KEY, file), StandardCharsets.ISO_8859_1);
    JcaPEMKeyConverter converter = new JcaPEMKeyConverter();
    try (PEMParser parser = new PEMParser(new StringReader(text))) {
      for (Object each = parser.readObject(); each != null; each = parser.readObject()) {
        switch (each) {
          case PrivateKeyInfo info -> {
            return converter.getPrivateKey(info);
          }
          case PEMKeyPair pair -> {
            return converter.getPrivateKey(pair.getPrivateKeyInfo());
          }
          case PKCS8EncryptedPrivateKeyInfo _ -> throw encrypted(file);
          case PEMEncryptedKeyPair _ -> throw encrypted(file);
          default -> {
            // EC PARAMETERS, or certificates in the same file.
          }
        }
      }
    } catch (PEMException e) {
      throw unusable(Part.KEY, "%s holds no readable key: %s".formatted(file, e.getMessage()));
    } catch (IOException e) {
      throw unusable(Part.KEY, "%s is no PEM file: %s".formatted(file, e.getMessage()));
    }
    throw unusable(Part.KEY, file + " holds no private key in PEM form");
  }

  private static UnusableException encrypted(Path file) {
    return unusable(
        Part.KEY,
        "the key in %s is encrypted, and nobody could type its password: decrypt it with 'openssl"
                .formatted(file)
            + " pkey' into a file that only the node's user can read");
  }

  private static byte[] bytes(Part part, Path file) throws UnusableException {
    try {
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw unusable(part, file + " is larger than 1 MiB: no PEM file is");
      }
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw unusable(part, "there is no file " + file);
    } catch (IOException e) {
      throw unusable(part, "can't read %s: %s".formatted(file, e.getMessage()));
    }
  }

  private static UnusableException unusable(Part part, String message) {
    return new UnusableException(part, message);
  }
}
