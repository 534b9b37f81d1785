package dev.flotilla.node.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.node.auth.CertificateFiles.Part;
import dev.flotilla.node.auth.CertificateFiles.UnusableException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PKCS8Generator;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateFilesTest {
  private static final Instant NOW = Instant.parse("2026-11-22T08:00:00Z");

  @TempDir private Path folder;

  private ServerCertificate make(String name, Instant when) throws Exception {
    return SelfSignedCertificate.in(
        folder.resolve(name), Set.of("localhost"), Set.of("127.0.0.1"), when);
  }

  private Path certificate(String name) {
    return folder.resolve(name).resolve("certificate.pem");
  }

  private Path key(String name) {
    return folder.resolve(name).resolve("key.pem");
  }

  private Path file(String name, Object... contents) throws Exception {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter pem = new JcaPEMWriter(text)) {
      for (Object content : contents) {
        pem.writeObject(content);
      }
    }
    return Files.writeString(folder.resolve(name), text.toString());
  }

  private Path garbled(String type) throws Exception {
    return Files.writeString(
        folder.resolve("garbled " + type),
        "-----BEGIN %s-----%nAAAA%n-----END %s-----%n".formatted(type, type));
  }

  private void refuses(Path certificate, Path key, Part part, String problem) {
    assertThatThrownBy(() -> CertificateFiles.read(certificate, key, NOW))
        .isInstanceOfSatisfying(UnusableException.class, e -> assertThat(e.part()).isEqualTo(part))
        .hasMessageContaining(problem);
  }

  @Test
  void readsACertificateWithItsKey() throws Exception {
    ServerCertificate made = make("a", NOW);
    ServerCertificate read = CertificateFiles.read(certificate("a"), key("a"), NOW);

    assertThat(read).isEqualTo(made);
    assertThat(read.fingerprint()).matches("([0-9A-F]{2}:){31}[0-9A-F]{2}");
  }

  @Test
  void readsAKeyInTheFormOfOpensslsOldCommands() throws Exception {
    ServerCertificate made = make("a", NOW);
    var curve = SECObjectIdentifiers.secp256r1;
    var key =
        new ECPrivateKey(256, ((java.security.interfaces.ECPrivateKey) made.key()).getS(), curve);
    Path sec1 =
        file(
            "sec1.pem",
            new PemObject("EC PARAMETERS", curve.getEncoded()),
            new PemObject("EC PRIVATE KEY", key.getEncoded()));

    assertThat(CertificateFiles.read(certificate("a"), sec1, NOW).chain()).isEqualTo(made.chain());
  }

  @Test
  void saysWhichFileIsWrongAndWhy() throws Exception {
    make("a", NOW);
    make("b", NOW);
    make("old", NOW.minus(Duration.ofDays(2000)));
    make("new", NOW.plus(Duration.ofDays(2)));
    Path empty = Files.createFile(folder.resolve("empty.pem"));
    Path none = folder.resolve("none.pem");

    refuses(none, key("a"), Part.CERTIFICATE, "there is no file " + none);
    refuses(certificate("a"), none, Part.KEY, "there is no file " + none);
    refuses(folder, key("a"), Part.CERTIFICATE, "can't read " + folder);
    refuses(empty, key("a"), Part.CERTIFICATE, "holds no certificate in PEM form");
    refuses(key("a"), key("a"), Part.CERTIFICATE, "holds no");
    refuses(garbled("CERTIFICATE"), key("a"), Part.CERTIFICATE, "holds no readable certificate");
    refuses(certificate("a"), empty, Part.KEY, "holds no private key in PEM form");
    refuses(certificate("a"), certificate("a"), Part.KEY, "holds no private key in PEM form");
    refuses(certificate("a"), garbled("PRIVATE KEY"), Part.KEY, "holds no readable key");
    refuses(certificate("a"), key("b"), Part.KEY, "is not that of the first certificate");
    refuses(certificate("old"), key("old"), Part.CERTIFICATE, "ended at 20");
    refuses(certificate("new"), key("new"), Part.CERTIFICATE, "is valid only from 2026-11-24");
  }

  @Test
  void saysThatAKeyIsEncrypted() throws Exception {
    ServerCertificate made = make("a", NOW);
    var encryptor =
        new JceOpenSSLPKCS8EncryptorBuilder(PKCS8Generator.AES_256_CBC)
            .setProvider(new BouncyCastleProvider())
            .setPassword("secret".toCharArray())
            .build();
    Path encrypted = file("encrypted.pem", new JcaPKCS8Generator(made.key(), encryptor));

    refuses(certificate("a"), encrypted, Part.KEY, "is encrypted");
  }

  @Test
  void aSelfSignedOneStaysUntilItEndsOrLacksAName() throws Exception {
    ServerCertificate first = make("a", NOW);
    assertThat(make("a", NOW.plus(Duration.ofDays(700)))).isEqualTo(first);
    assertThat(make("a", NOW.plus(Duration.ofDays(800)))).isNotEqualTo(first);

    ServerCertificate before = make("b", NOW);
    Set<String> more = Set.of("localhost", "node.example");
    ServerCertificate named =
        SelfSignedCertificate.in(folder.resolve("b"), more, Set.of("::1"), NOW);
    assertThat(named).isNotEqualTo(before);
    assertThat(named.chain().getFirst().getSubjectAlternativeNames().toString())
        .contains("localhost", "node.example", "0:0:0:0:0:0:0:1");
  }

  @Test
  void aSelfSignedOneIsForItsOwnersEyes() throws Exception {
    make("a", NOW);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("a"))))
        .isEqualTo("rwx------");
    for (Path file : List.of(certificate("a"), key("a"))) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
    }
  }

  @Test
  void aSelfSignedOneThatIsDamagedIsMadeAnew() throws Exception {
    ServerCertificate first = make("a", NOW);
    Files.writeString(key("a"), "gone");
    ServerCertificate second = make("a", NOW);

    assertThat(second).isNotEqualTo(first);
    assertThat(CertificateFiles.read(certificate("a"), key("a"), NOW)).isEqualTo(second);
  }
}
