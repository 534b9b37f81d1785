package dev.flotilla.node.discovery.dht;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A node and where it answers.
 *
 * @param address resolved
 */
record Contact(Key id, InetSocketAddress address) {

  /** Reads the compact form; entries that name no machine are left out. */
  static List<Contact> decode(byte[] compact, CompactAddress form, int limit) {
    List<Contact> contacts = new ArrayList<>();
    int size = Key.BYTES + form.bytes();
    for (int at = 0; at + size <= compact.length && contacts.size() < limit; at += size) {
      Key id = Key.of(Arrays.copyOfRange(compact, at, at + Key.BYTES));
      form.decode(compact, at + Key.BYTES)
          .ifPresent(address -> contacts.add(new Contact(id, address)));
    }
    return contacts;
  }
}
