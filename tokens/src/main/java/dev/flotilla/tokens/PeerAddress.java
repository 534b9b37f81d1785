package dev.flotilla.tokens;

import java.net.InetAddress;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where a node may be reached.
 *
 * @param host a name, an IPv4 or an IPv6 address without brackets
 * @param port 1 to 65535
 */
public record PeerAddress(String host, int port) {
  private static final int MAX_PORT = 65_535;

  /** The longest name that DNS has. */
  private static final int MAX_HOST_LENGTH = 253;

  private static final Pattern HOST =
      Pattern.compile("[0-9A-Za-z._:%-]{1," + MAX_HOST_LENGTH + "}");
  private static final Pattern DIGITS = Pattern.compile("[0-9]{1,5}");

  public PeerAddress {
    if (!HOST.matcher(host).matches()) {
      throw malformed("'" + shortened(host) + "' is not a host name or address");
    }
    if (port < 1 || port > MAX_PORT) {
      throw malformed(port + " is not a port (1 to 65535)");
    }
  }

  /**
   * Reads {@code HOST:PORT} or {@code [IPV6]:PORT}.
   *
   * @throws TokenException if it is neither
   */
  public static PeerAddress parse(String text) {
    int colon = text.lastIndexOf(':');
    String port = text.substring(colon + 1);
    if (colon < 1 || !DIGITS.matcher(port).matches()) {
      throw malformed("'" + shortened(text) + "' is not a peer: write HOST:PORT or [IPV6]:PORT");
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.indexOf(':') >= 0) {
      throw malformed("write the IPv6 address of '" + shortened(text) + "' in brackets");
    }
    return new PeerAddress(host, Integer.parseInt(port));
  }

  /** The address that the host is, if it is not a name. Asks no name server. */
  public Optional<InetAddress> literal() {
    return literal(host);
  }

  /** The address that a text is, if it is not a name. Asks no name server. */
  public static Optional<InetAddress> literal(String host) {
    try {
      return Optional.of(InetAddress.ofLiteral(host));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  private static TokenException malformed(String message) {
    return new TokenException(TokenFailure.MALFORMED, message);
  }

  private static String shortened(String text) {
    return text.length() <= MAX_HOST_LENGTH ? text : text.substring(0, MAX_HOST_LENGTH) + "…";
  }

  /** {@code HOST:PORT}, or {@code [IPV6]:PORT}; what {@link #parse} reads. */
  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
