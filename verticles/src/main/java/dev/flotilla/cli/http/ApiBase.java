package dev.flotilla.cli.http;

import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;

/**
 * Where an OpenAI-compatible API is.
 *
 * @param root its URL without {@code /v1} and without a slash at the end
 * @param apiKey what is sent as bearer token
 * @param trust whose certificates are believed
 */
public record ApiBase(URI root, Optional<String> apiKey, SSLContext trust) {

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
    return new ApiBase(root, apiKey, ServerTrust.ofJava());
  }

  /** The same API, believed by other certificates. */
  public ApiBase trusting(SSLContext other) {
    return new ApiBase(root, apiKey, other);
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

  /**
   * What went wrong on the way to it, for people.
   *
   * @param e of which Java's texts are of little help where a certificate is not believed
   */
  IOException unreachable(IOException e) {
    String problem =
        e instanceof SSLHandshakeException
            ? "its certificate is not believed (%s); the file of one to trust can be given with --ca"
                .formatted(e.getMessage())
            : String.valueOf(e.getMessage());
    return new IOException("can't connect to " + this + ": " + problem, e);
  }

  /** Without the key. */
  @Override
  public String toString() {
    return root.toString();
  }
}
