package dev.flotilla.node.upnp;

/**
 * A port of a router that leads to the same port of a machine behind it.
 *
 * @param transport by which protocol
 * @param port outside and inside, 1 to 65535
 */
public record PortMapping(Transport transport, int port) {
  private static final int MAX_PORT = 65_535;

  /** As the router's protocol names them. */
  public enum Transport {
    TCP,
    UDP
  }

  public PortMapping {
    if (port < 1 || port > MAX_PORT) {
      throw new IllegalArgumentException(port + " is not a port that can be mapped");
    }
  }

  @Override
  public String toString() {
    return transport + " " + port;
  }
}
