package dev.flotilla.node.discovery;

import dev.flotilla.tokens.PeerAddress;
import java.net.InetAddress;

/**
 * An address where a node of the swarm may accept members. Nothing is known about who answers
 * there.
 *
 * @param host an IP address, never a name, IPv6 without brackets
 * @param port the node's cluster port, 1 to 65535
 * @param source who found it
 */
public record Candidate(String host, int port, Source source) {

  /** Who finds candidates, those worth trying first at the beginning. */
  public enum Source {
    STATIC("static peers"),
    REMEMBERED("remembered peers"),
    MDNS("mDNS"),
    DHT("DHT");

    private final String label;

    Source(String label) {
      this.label = label;
    }

    /** Its name in messages. */
    public String label() {
      return label;
    }
  }

  public Candidate {
    InetAddress address =
        PeerAddress.literal(host)
            .orElseThrow(() -> new IllegalArgumentException("a candidate has an IP address"));
    if (!isReachable(address)) {
      throw new IllegalArgumentException(host + " is not the address of one machine");
    }
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException(port + " is not a port (1 to 65535)");
    }
  }

  /**
   * A candidate at an address.
   *
   * @throws IllegalArgumentException if no machine can have the address or port
   */
  public static Candidate of(InetAddress address, int port, Source source) {
    return new Candidate(address.getHostAddress(), port, source);
  }

  /** The address without its source. */
  public PeerAddress address() {
    return new PeerAddress(host, port);
  }

  private static boolean isReachable(InetAddress address) {
    byte[] bytes = address.getAddress();
    boolean isBroadcast =
        bytes.length == 4 && (bytes[0] & bytes[1] & bytes[2] & bytes[3] & 0xff) == 0xff;
    boolean isThisNetwork = bytes.length == 4 && bytes[0] == 0;
    return !address.isAnyLocalAddress()
        && !address.isMulticastAddress()
        && !isBroadcast
        && !isThisNetwork;
  }
}
