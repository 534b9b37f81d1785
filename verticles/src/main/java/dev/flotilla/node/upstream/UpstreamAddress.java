package dev.flotilla.node.upstream;

import java.net.URI;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where an upstream is.
 *
 * @param name what the user calls it: up to 32 letters, digits, dots, underscores and hyphens
 * @param tls whether it is reached over TLS
 * @param host its host name or address
 * @param port its port
 * @param basePath what comes before {@code /v1}: empty, or begins with a slash and does not end in
 *     one
 * @param key what it wants as a bearer token, a secret; empty if it wants none
 * @param authorities whose certificates it may show over TLS, or its own certificate; empty for the
 *     authorities that Java trusts
 */
public record UpstreamAddress(
    String name,
    boolean tls,
    String host,
    int port,
    String basePath,
    Optional<String> key,
    List<X509Certificate> authorities) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,31}");
  private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e]{1,4096}");
  private static final String API_VERSION = "/v1";

  public UpstreamAddress {
    require(
        isName(name),
        "'" + name + "' is no name of an upstream (letters, digits, '.', '_', '-'; at most 32)");
    authorities = List.copyOf(authorities);
    require(
        tls || authorities.isEmpty(),
        "the upstream '" + name + "' is reached without TLS, so that it shows no certificate");
    require(key.isEmpty() || KEY.matcher(key.get()).matches(), "the key of '" + name + "' is none");
  }

  /** Whether an upstream may be called so. */
  static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  /**
   * Reads {@code NAME=URL}, where the URL is the server's, with or without {@code /v1}.
   *
   * @throws IllegalArgumentException with a message for people that repeats no secret
   */
  public static UpstreamAddress parse(String text) {
    int equals = text.indexOf('=');
    require(equals > 0, "an upstream is given as NAME=URL");
    String name = text.substring(0, equals).strip();
    URI url = url(name, text.substring(equals + 1).strip());
    boolean tls = "https".equals(url.getScheme().toLowerCase(Locale.ROOT));
    int port = url.getPort() >= 0 ? url.getPort() : tls ? 443 : 80;
    return new UpstreamAddress(
        name, tls, url.getHost(), port, basePath(url.getRawPath()), Optional.empty(), List.of());
  }

  private static URI url(String name, String text) {
    URI url;
    try {
      url = URI.create(text);
    } catch (IllegalArgumentException e) {
      // The text may hold a password.
      throw new IllegalArgumentException("the URL of the upstream '" + name + "' can't be read");
    }
    String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
    require(
        (scheme.equals("http") || scheme.equals("https")) && url.getHost() != null,
        "the URL of the upstream '" + name + "' is not http://HOST:PORT or https://HOST:PORT");
    require(
        url.getUserInfo() == null && url.getQuery() == null && url.getFragment() == null,
        "the URL of the upstream '"
            + name
            + "' may have a host, a port and a path; its key is"
            + " given by a variable or a file");
    require(url.getPort() <= 65_535 && url.getPort() != 0, "the URL of '" + name + "' has no port");
    return url;
  }

  private static String basePath(String path) {
    String trimmed = path;
    while (trimmed.endsWith("/")) {
      trimmed = trimmed.substring(0, trimmed.length() - 1);
    }
    return trimmed.endsWith(API_VERSION)
        ? trimmed.substring(0, trimmed.length() - API_VERSION.length())
        : trimmed;
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }

  /** The same with a key. */
  public UpstreamAddress withKey(String secret) {
    return new UpstreamAddress(name, tls, host, port, basePath, Optional.of(secret), authorities);
  }

  /**
   * The same, with a certificate of certain authorities and no others.
   *
   * @throws IllegalArgumentException if it is reached without TLS
   */
  public UpstreamAddress trusting(List<X509Certificate> these) {
    return new UpstreamAddress(name, tls, host, port, basePath, key, these);
  }

  /** All but the key and the authorities. */
  @Override
  public String toString() {
    return "%s=%s://%s:%d%s".formatted(name, tls ? "https" : "http", host, port, basePath);
  }
}
