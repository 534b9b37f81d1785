package dev.flotilla.sharding.link;

/**
 * Where a stage takes links.
 *
 * @param nodeId whose it is: nobody else is linked there; empty where links are plain
 * @param host a name or an address
 * @param port its TCP port
 */
public record StageAddress(String nodeId, String host, int port) {
  private static final int MAX_ID_CHARS = 64;
  private static final int MAX_HOST_CHARS = 255;

  /** Of plain links. */
  public StageAddress(String host, int port) {
    this("", host, port);
  }

  public StageAddress {
    if (nodeId.length() > MAX_ID_CHARS) {
      throw new IllegalArgumentException("node id of " + nodeId.length() + " chars");
    }
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
