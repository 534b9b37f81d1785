package dev.flotilla.cli.http;

import java.net.URI;
import java.util.Optional;

/**
 * Where an OpenAI-compatible API is.
 *
 * @param root its URL without {@code /v1} and without a slash at the end
 * @param apiKey what is sent as bearer token
 */
public record ApiBase(URI root, Optional<String> apiKey) {

  /**
   * The API at a URL as people write it: with or without scheme, slash or {@code /v1} at the end.
   *
   * @throws IllegalArgumentException if it is no http or https URL with a host
   */
  public static ApiBase of(String url, Optional<String> apiKey) {
    String text = url.contains("://") ? url : "http://" + url;
    URI root = URI.create(text.replaceFirst("/+$", "").replaceFirst("/v1$", ""));
    boolean http = "http".equals(root.getScheme()) || "https".equals(root.getScheme());
    if (!http || root.getHost() == null) {
      throw new IllegalArgumentException("'" + url + "' is not an http or https URL");
    }
    return new ApiBase(root, apiKey);
  }

  /** The URL of a path, {@code /v1/models} say. */
  public URI at(String path) {
    return URI.create(root + path);
  }

  /** Whether it is spoken to over TLS. */
  public boolean isTls() {
    return "https".equals(root.getScheme());
  }

  /** The port, the scheme's own unless one is given. */
  public int port() {
    return root.getPort() >= 0 ? root.getPort() : isTls() ? 443 : 80;
  }

  /** Without the key. */
  @Override
  public String toString() {
    return root.toString();
  }
}
