package dev.flotilla.node.discovery;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Keys of made-up swarms. */
final class TestingKeys {
  private TestingKeys() {}

  static RendezvousKeys of(String swarm) {
    return new RendezvousKeys(hash("mdns " + swarm), day -> hash("dht " + swarm + day));
  }

  private static byte[] hash(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError(impossible);
    }
  }
}
