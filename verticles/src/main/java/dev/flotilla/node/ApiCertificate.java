package dev.flotilla.node;

import dev.flotilla.node.auth.CertificateFiles;
import dev.flotilla.node.auth.SelfSignedCertificate;
import dev.flotilla.node.auth.ServerCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The certificate of a node's HTTP API, as its options want it. */
public final class ApiCertificate {
  private static final Logger log = LoggerFactory.getLogger(ApiCertificate.class);
  private static final Duration WARNED_BEFORE = Duration.ofDays(14);
  private static final String FOLDER = "tls";

  private ApiCertificate() {}

  /** The file that clients of a node with a self-signed certificate may trust. */
  public static Path selfSigned(Path stateDir) {
    return stateDir.resolve(FOLDER).resolve(SelfSignedCertificate.CERTIFICATE_FILE);
  }

  /**
   * The certificate; empty for plain HTTP. Reads files, and makes them for a self-signed one.
   *
   * @throws OptionException if it can't be used, naming the option
   */
  public static Optional<ServerCertificate> of(
      ApiTls tls, String host, Path stateDir, Instant now) {
    return switch (tls) {
      case ApiTls.Off _ -> Optional.empty();
      case ApiTls.Files(Path certificate, Path key) ->
          Optional.of(fromFiles(certificate, key, now));
      case ApiTls.SelfSigned _ -> Optional.of(selfSigned(host, stateDir, now));
    };
  }

  private static ServerCertificate fromFiles(Path certificate, Path key, Instant now) {
    try {
      ServerCertificate read = CertificateFiles.read(certificate, key, now);
      warn(read, key, now);
      return read;
    } catch (CertificateFiles.UnusableException e) {
      String option =
          switch (e.part()) {
            case CERTIFICATE -> "tls-cert";
            case KEY -> "tls-key";
          };
      throw new OptionException(option, "--" + option + ": " + e.getMessage());
    }
  }

  private static void warn(ServerCertificate certificate, Path key, Instant now) {
    if (now.plus(WARNED_BEFORE).isAfter(certificate.notAfter())) {
      log.warn("the API's certificate ends at {}: renew it soon", certificate.notAfter());
    }
    try {
      if (Files.getPosixFilePermissions(key).contains(PosixFilePermission.OTHERS_READ)) {
        log.warn("every user of this machine can read {}: chmod 600 it", key);
      }
    } catch (IOException | UnsupportedOperationException _) {
      // Where the system has no such permissions there is nothing to say.
    }
  }

  private static ServerCertificate selfSigned(String host, Path stateDir, Instant now) {
    Path folder = stateDir.resolve(FOLDER);
    try {
      return SelfSignedCertificate.in(folder, required(host), machineNames(), now);
    } catch (IOException e) {
      throw new OptionException(
          "tls-self-signed", "--tls-self-signed: can't keep a certificate in " + folder + ": " + e);
    }
  }

  /** What a client of this machine says, and the address that was named. */
  private static Set<String> required(String host) {
    Set<String> names = new HashSet<>(Set.of("localhost", "127.0.0.1"));
    switch (host) {
      case "0.0.0.0", "::", "*" -> {}
      default -> names.add(canonical(host));
    }
    return names;
  }

  private static Set<String> machineNames() {
    Set<String> names = new TreeSet<>(Set.of(canonical("::1")));
    try {
      NetworkInterface.networkInterfaces()
          .flatMap(NetworkInterface::inetAddresses)
          .filter(address -> !address.isLinkLocalAddress())
          .forEach(address -> names.add(withoutZone(address)));
      String name = InetAddress.getLocalHost().getHostName();
      if (name.matches("[A-Za-z0-9.-]{1,253}")) {
        names.add(name);
      }
    } catch (SocketException | UnknownHostException _) {
      // Then it has no more names than those known.
    }
    return names;
  }

  /** As certificates spell it: {@code ::1} has eight groups there. */
  private static String canonical(String host) {
    try {
      return withoutZone(InetAddress.ofLiteral(host));
    } catch (IllegalArgumentException _) {
      return host.toLowerCase(Locale.ROOT);
    }
  }

  private static String withoutZone(InetAddress address) {
    return address.getHostAddress().replaceFirst("%.*", "");
  }
}
