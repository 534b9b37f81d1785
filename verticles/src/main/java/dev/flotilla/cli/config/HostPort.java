package dev.flotilla.cli.config;

/**
 * An address to listen on.
 *
 * @param host a name or address, IPv6 without brackets
 * @param port 0 to 65535
 */
public record HostPort(String host, int port) {

  /** What {@code :8080} listens on: every IPv4 address of the machine. */
  static final String ANY_HOST = "0.0.0.0";

  /**
   * Reads {@code HOST:PORT}, {@code [IPV6]:PORT} or {@code :PORT}.
   *
   * @throws IllegalArgumentException if the text is none of them
   */
  static HostPort parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException("'" + text + "' has no port: write HOST:PORT");
    }
    return new HostPort(host(text.substring(0, colon)), port(text.substring(colon + 1)));
  }

  private static String host(String text) {
    if (text.startsWith("[") && text.endsWith("]") && text.length() > 2) {
      return text.substring(1, text.length() - 1);
    }
    if (text.contains(":") || text.contains("/") || text.contains("[") || text.contains(" ")) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a host: write HOST:PORT, [IPV6]:PORT or :PORT");
    }
    return text.isEmpty() ? ANY_HOST : text;
  }

  private static int port(String text) {
    if (!text.matches("[0-9]{1,5}") || Integer.parseInt(text) > 65_535) {
      throw new IllegalArgumentException("'" + text + "' is not a port (0 to 65535)");
    }
    return Integer.parseInt(text);
  }
}
