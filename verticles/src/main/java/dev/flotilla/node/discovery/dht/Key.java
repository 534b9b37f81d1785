package dev.flotilla.node.discovery.dht;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;

/** A point of the key space: the id of a node, or what it is asked for. 160 bits. */
public final class Key {
  /** How many bytes a key has. */
  public static final int BYTES = 20;

  private final byte[] bytes;

  private Key(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * A key of the first {@value #BYTES} bytes.
   *
   * @throws IllegalArgumentException if there are fewer
   */
  public static Key of(byte[] bytes) {
    if (bytes.length < BYTES) {
      throw new IllegalArgumentException("a key of %d bytes".formatted(bytes.length));
    }
    return new Key(Arrays.copyOf(bytes, BYTES));
  }

  byte[] bytes() {
    return bytes.clone();
  }

  /** Orders keys by their distance from this one, the exclusive or of both. */
  Comparator<Key> nearestFirst() {
    return (left, right) -> {
      for (int i = 0; i < BYTES; i++) {
        int order =
            Integer.compare((left.bytes[i] ^ bytes[i]) & 0xff, (right.bytes[i] ^ bytes[i]) & 0xff);
        if (order != 0) {
          return order;
        }
      }
      return 0;
    };
  }

  /** How many leading bits both keys have in common. */
  int commonBits(Key other) {
    for (int i = 0; i < BYTES; i++) {
      int difference = (bytes[i] ^ other.bytes[i]) & 0xff;
      if (difference != 0) {
        return 8 * i + Integer.numberOfLeadingZeros(difference) - 24;
      }
    }
    return 8 * BYTES;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Key key && Arrays.equals(bytes, key.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** The beginning of it: whole keys do not belong in logs. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(bytes, 0, 4) + "…";
  }
}
