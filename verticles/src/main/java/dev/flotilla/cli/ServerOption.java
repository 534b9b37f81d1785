package dev.flotilla.cli;

import dev.flotilla.cli.config.Host;
import dev.flotilla.cli.http.ApiBase;
import dev.flotilla.cli.http.ServerTrust;
import dev.flotilla.node.ApiCertificate;
import dev.flotilla.node.OptionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Which server a command talks to, and whose certificate it believes. */
final class ServerOption {
  @Option(
      names = "--url",
      paramLabel = "URL",
      defaultValue = "http://127.0.0.1:8080",
      description = "The server's API. [${DEFAULT-VALUE}]")
  private String url = "";

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description =
          "PEM file with certificates to trust besides Java's, also FLOTILLA_CA. [the self-signed"
              + " one of the node in the state folder, if it has one]")
  private @Nullable Path ca;

  /** The server, or a complaint about its URL. */
  ApiBase base(CommandSpec command, Host host, Optional<String> apiKey) {
    return base(command, host, url, apiKey);
  }

  /** Another server, with the same trust. */
  ApiBase base(CommandSpec command, Host host, String otherUrl, Optional<String> apiKey) {
    try {
      ApiBase base = ApiBase.of(otherUrl, apiKey);
      return base.isTls() ? base.trusting(trust(command, host)) : base;
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), e.getMessage());
    }
  }

  private SSLContext trust(CommandSpec command, Host host) {
    try {
      Optional<Path> named = Optional.ofNullable(ca).or(() -> host.path("FLOTILLA_CA"));
      Path own = ApiCertificate.selfSigned(NodeAccess.stateDir(command, host));
      if (named.isPresent()) {
        return ServerTrust.including(named.get());
      }
      return Files.isReadable(own) ? ServerTrust.including(own) : ServerTrust.ofJava();
    } catch (IOException e) {
      throw new OptionException("ca", "--ca: " + e.getMessage());
    }
  }
}
