package dev.flotilla.cli;

import dev.flotilla.cli.http.ApiBase;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** What commands share that talk to a server. */
final class ApiOptions {
  private ApiOptions() {}

  /** The server that is talked to unless another is named: a node on this machine. */
  static final String DEFAULT_URL = "http://127.0.0.1:8080";

  /** The API at a URL, or a complaint about the URL. */
  static ApiBase base(CommandSpec command, String url, Optional<String> apiKey) {
    try {
      return ApiBase.of(url, apiKey);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), e.getMessage());
    }
  }
}
