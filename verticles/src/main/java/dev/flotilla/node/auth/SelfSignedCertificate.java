package dev.flotilla.node.auth;

import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A certificate that a node makes for itself and keeps in a folder of its own, readable by its
 * owner alone: {@code certificate.pem}, which clients may be given to trust, and {@code key.pem}.
 * It stays the same from start to start, so that trust in it lasts.
 */
public final class SelfSignedCertificate {
  /** What clients are told to trust. */
  public static final String CERTIFICATE_FILE = "certificate.pem";

  private static final String KEY_FILE = "key.pem";
  private static final Duration LIFETIME = Duration.ofDays(825);
  private static final Duration RENEWED_BEFORE = Duration.ofDays(30);
  private static final Duration CLOCK_SKEW = Duration.ofMinutes(10);
  private static final int SERIAL_BITS = 127;

  private SelfSignedCertificate() {}

  /**
   * The certificate that is kept in a folder; a new one if there is none, it ends within a month,
   * or it lacks a name that is required.
   *
   * @param required host names and addresses by which clients are known to come
   * @param further ones by which they might; they count only when a certificate is made
   * @throws IOException if the folder can't be used
   */
  public static ServerCertificate in(
      Path folder, Set<String> required, Set<String> further, Instant now) throws IOException {
    Optional<ServerCertificate> kept =
        kept(folder, now).filter(each -> names(each).containsAll(required));
    if (kept.isPresent()) {
      return kept.get();
    }
    ServerCertificate made =
        make(
            Stream.concat(required.stream(), further.stream()).collect(Collectors.toSet()),
            now,
            new SecureRandom());
    Files.createDirectories(folder, ownerOnly("rwx------"));
    write(folder, KEY_FILE, new JcaPKCS8Generator(made.key(), null));
    write(folder, CERTIFICATE_FILE, made.chain().getFirst());
    return made;
  }

  /** Files that are damaged or from an interrupted start are replaced like those that are old. */
  private static Optional<ServerCertificate> kept(Path folder, Instant now) {
    try {
      return Optional.of(
          CertificateFiles.read(
              folder.resolve(CERTIFICATE_FILE),
              folder.resolve(KEY_FILE),
              now.plus(RENEWED_BEFORE)));
    } catch (CertificateFiles.UnusableException _) {
      return Optional.empty();
    }
  }

  private static Set<String> names(ServerCertificate certificate) {
    try {
      Collection<List<?>> names = certificate.chain().getFirst().getSubjectAlternativeNames();
      return names == null
          ? Set.of()
          : names.stream().map(name -> String.valueOf(name.get(1))).collect(Collectors.toSet());
    } catch (CertificateParsingException _) {
      return Set.of();
    }
  }

  private static ServerCertificate make(Set<String> names, Instant now, SecureRandom random)
      throws IOException {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"), random);
      KeyPair keys = generator.generateKeyPair();
      X500Principal subject = new X500Principal("CN=Flotilla node");
      var builder =
          new JcaX509v3CertificateBuilder(
              subject,
              new BigInteger(SERIAL_BITS, random).add(BigInteger.ONE),
              Date.from(now.minus(CLOCK_SKEW)),
              Date.from(now.plus(LIFETIME)),
              subject,
              keys.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      builder.addExtension(
          Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(
              names.stream()
                  .sorted()
                  .map(SelfSignedCertificate::name)
                  .toArray(GeneralName[]::new)));
      var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate());
      X509Certificate certificate =
          new JcaX509CertificateConverter().getCertificate(builder.build(signer));
      return new ServerCertificate(List.of(certificate), keys.getPrivate());
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException("can't make a certificate", e);
    }
  }

  private static GeneralName name(String host) {
    boolean address = host.contains(":") || host.matches("[0-9.]+");
    return new GeneralName(address ? GeneralName.iPAddress : GeneralName.dNSName, host);
  }

  private static void write(Path folder, String name, Object content) throws IOException {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter pem = new JcaPEMWriter(text)) {
      pem.writeObject(content);
    }
    Path draft = Files.createTempFile(folder, name, ".new", ownerOnly("rw-------"));
    Files.writeString(draft, text.toString());
    Files.move(
        draft,
        folder.resolve(name),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  private static FileAttribute<?>[] ownerOnly(String permissions) {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }
}
