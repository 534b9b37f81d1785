package dev.flotilla.tokens;

import java.util.regex.Pattern;

/**
 * Where a node may be reached.
 *
 * @param host a name, an IPv4 or an IPv6 address without brackets
 * @param port 1 to 65535
 */
public record PeerAddress(String host, int port) {
  private static final int MAX_PORT = 65_535;
  private static final Pattern HOST = Pattern.compile("[0-9A-Za-z._:%-]{1,253}");

  public PeerAddress {
    if (!HOST.matcher(host).matches()) {
      throw new TokenException(TokenFailure.MALFORMED, "'" + host + "' is not a host");
    }
    if (port < 1 || port > MAX_PORT) {
      throw new TokenException(TokenFailure.MALFORMED, port + " is not a port (1 to 65535)");
    }
  }

  /**
   * Reads {@code HOST:PORT} or {@code [IPV6]:PORT}.
   *
   * @throws TokenException if it is neither
   */
  public static PeerAddress parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 1) {
      throw new TokenException(
          TokenFailure.MALFORMED, "'" + text + "' is not HOST:PORT or [IPV6]:PORT");
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.indexOf(':') >= 0) {
      throw new TokenException(
          TokenFailure.MALFORMED, "write the IPv6 address of '" + text + "' in brackets");
    }
    return new PeerAddress(host, port(text, text.substring(colon + 1)));
  }

  private static int port(String text, String digits) {
    try {
      return Integer.parseInt(digits);
    } catch (NumberFormatException _) {
      throw new TokenException(
          TokenFailure.MALFORMED, "'" + digits + "' of '" + text + "' is not a port");
    }
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
