package dev.flotilla.sharding.link;

/**
 * Where a stage takes links.
 *
 * @param host a name or an address
 * @param port its TCP port
 */
public record StageAddress(String host, int port) {
  private static final int MAX_HOST_CHARS = 255;

  public StageAddress {
    if (host.isEmpty() || host.length() > MAX_HOST_CHARS) {
      throw new IllegalArgumentException("host of " + host.length() + " chars");
    }
    if (port < 1 || port > 0xFFFF) {
      throw new IllegalArgumentException("port " + port);
    }
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
