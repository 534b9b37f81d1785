package dev.flotilla.node.discovery.dht;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/** How addresses of one family are written in packets: the address, then the port. */
enum CompactAddress {
  IPV4(4, "nodes"),
  IPV6(16, "nodes6");

  private final int addressBytes;
  private final String nodesKey;

  CompactAddress(int addressBytes, String nodesKey) {
    this.addressBytes = addressBytes;
    this.nodesKey = nodesKey;
  }

  static CompactAddress of(InetAddress address) {
    return address instanceof Inet4Address ? IPV4 : IPV6;
  }

  int bytes() {
    return addressBytes + Short.BYTES;
  }

  /** The entry of an answer that lists nodes of this family (BEP 32). */
  String nodesKey() {
    return nodesKey;
  }

  boolean fits(InetSocketAddress address) {
    return address.getAddress() != null && of(address.getAddress()) == this;
  }

  byte[] encode(InetSocketAddress address) {
    return ByteBuffer.allocate(bytes())
        .put(address.getAddress().getAddress())
        .putShort((short) address.getPort())
        .array();
  }

  /** The address at an offset; empty if no machine can have it. */
  Optional<InetSocketAddress> decode(byte[] compact, int offset) {
    if (compact.length - offset < bytes()) {
      return Optional.empty();
    }
    int port = ByteBuffer.wrap(compact).getShort(offset + addressBytes) & 0xffff;
    try {
      InetAddress address =
          InetAddress.getByAddress(Arrays.copyOfRange(compact, offset, offset + addressBytes));
      boolean isMachine =
          port != 0
              && of(address) == this
              && !address.isAnyLocalAddress()
              && !address.isMulticastAddress();
      return isMachine ? Optional.of(new InetSocketAddress(address, port)) : Optional.empty();
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException("an address of %d bytes".formatted(addressBytes), impossible);
    }
  }
}
