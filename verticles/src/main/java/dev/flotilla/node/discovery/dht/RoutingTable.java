package dev.flotilla.node.discovery.dht;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Nodes that have answered: {@value #BUCKET_SIZE} for each number of leading bits shared with our
 * own id (Kademlia's buckets), so at most 1,280. Nodes that stay are kept over nodes that come.
 * Thread-safe.
 */
final class RoutingTable {
  static final int BUCKET_SIZE = 8;

  /** A node that was silent so often in a row is gone. */
  private static final int MAX_FAILURES = 2;

  private final Key own;
  private final Map<Integer, List<Entry>> buckets = new HashMap<>();

  private record Entry(Contact contact, int failures) {}

  RoutingTable(Key own) {
    this.own = own;
  }

  /** Notes that a node has answered us. */
  synchronized void answered(Contact contact) {
    if (contact.id().equals(own)) {
      return;
    }
    List<Entry> bucket =
        buckets.computeIfAbsent(own.commonBits(contact.id()), _ -> new ArrayList<>());
    bucket.removeIf(entry ->
        entry.contact().id().equals(contact.id())
            || entry.contact().address().equals(contact.address()));
    if (bucket.size() >= BUCKET_SIZE) {
      bucket.stream()
          .max(Comparator.comparingInt(Entry::failures))
          .filter(worst -> worst.failures() > 0)
          .ifPresent(bucket::remove);
    }
    if (bucket.size() < BUCKET_SIZE) {
      bucket.add(new Entry(contact, 0));
    }
  }

  /** Notes that nothing answered at an address. */
  synchronized void failed(InetSocketAddress address) {
    for (List<Entry> bucket : buckets.values()) {
      bucket.replaceAll(entry ->
          entry.contact().address().equals(address)
              ? new Entry(entry.contact(), entry.failures() + 1)
              : entry);
      bucket.removeIf(entry -> entry.failures() >= MAX_FAILURES);
    }
  }

  /** The known nodes nearest to a key, the nearest first. */
  synchronized List<Contact> nearest(Key key, int limit) {
    return buckets.values().stream()
        .flatMap(List::stream)
        .map(Entry::contact)
        .sorted(Comparator.comparing(Contact::id, key.nearestFirst()))
        .limit(limit)
        .toList();
  }

  synchronized boolean contains(InetSocketAddress address) {
    return buckets.values().stream()
        .flatMap(List::stream)
        .anyMatch(entry -> Objects.equals(entry.contact().address(), address));
  }

  synchronized int size() {
    return buckets.values().stream().mapToInt(List::size).sum();
  }
}
