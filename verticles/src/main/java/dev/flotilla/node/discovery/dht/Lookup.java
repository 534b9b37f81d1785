package dev.flotilla.node.discovery.dht;

import dev.flotilla.node.discovery.dht.Bencoded.Dictionary;
import dev.flotilla.node.discovery.dht.Bencoded.Int;
import dev.flotilla.node.discovery.dht.Bencoded.Text;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * One search for the nodes nearest to a key (Kademlia): asks the nearest known ones, who name
 * nearer ones, until nobody does. Used by one thread.
 */
final class Lookup {
  private static final int PARALLEL = 6;
  private static final int MAX_ROUNDS = 20;
  private static final int MAX_SHORTLIST = 64;
  private static final int MAX_PEERS = 128;

  private final DhtNode node;
  private final RoutingTable table;
  private final Key key;
  private final Set<InetSocketAddress> asked = new HashSet<>();
  private final Set<InetSocketAddress> peers = new LinkedHashSet<>();
  private List<Contact> shortlist = List.of();
  private List<Answered> answered = List.of();

  /** A node that answered, with the token to announce by. */
  private record Answered(Contact contact, byte[] token) {}

  Lookup(DhtNode node, RoutingTable table, Key key) {
    this.node = node;
    this.table = table;
    this.key = key;
  }

  /**
   * Searches.
   *
   * @param bootstrap asked first if few nodes are known
   * @return the peers that are announced under the key
   */
  Set<InetSocketAddress> run(List<InetSocketAddress> bootstrap) {
    shortlist = table.nearest(key, DhtNode.REPLICATION);
    if (shortlist.size() < DhtNode.REPLICATION) {
      ask(bootstrap);
    }
    for (int round = 0; round < MAX_ROUNDS; round++) {
      List<InetSocketAddress> next = next();
      if (next.isEmpty()) {
        break;
      }
      ask(next);
    }
    return peers;
  }

  /** Those to ask next: not asked yet, and nearer than what we have. */
  private List<InetSocketAddress> next() {
    Optional<Key> farthest =
        answered.size() < DhtNode.REPLICATION
            ? Optional.empty()
            : Optional.of(answered.getLast().contact().id());
    return shortlist.stream()
        .filter(contact -> !asked.contains(contact.address()))
        .filter(contact ->
            farthest.map(far -> key.nearestFirst().compare(contact.id(), far) < 0).orElse(true))
        .map(Contact::address)
        .limit(PARALLEL)
        .toList();
  }

  private void ask(List<InetSocketAddress> nodes) {
    Map<String, Bencoded> arguments = Map.of("info_hash", new Text(key.bytes()));
    List<CompletableFuture<Void>> answers = new ArrayList<>();
    for (InetSocketAddress address : nodes) {
      if (asked.add(address)) {
        answers.add(
            node.query(address, "get_peers", arguments)
                .handle((answer, failure) -> {
                  if (failure == null) {
                    take(address, answer);
                  }
                  return null;
                }));
      }
    }
    answers.forEach(CompletableFuture::join);
  }

  private synchronized void take(InetSocketAddress from, Dictionary answer) {
    List<Contact> found =
        answer
            .bytes(node.family().nodesKey())
            .map(nodes -> Contact.decode(nodes, node.family(), DhtNode.REPLICATION))
            .orElse(List.of());
    shortlist =
        nearest(
            Stream.concat(shortlist.stream(), found.stream())
                .filter(contact -> isPlausible(from, contact.address()))
                .distinct()
                .toList(),
            MAX_SHORTLIST);
    for (Bencoded value : answer.items("values")) {
      if (value instanceof Text(byte[] compact) && peers.size() < MAX_PEERS) {
        node.family()
            .decode(compact, 0)
            .filter(peer -> isPlausible(from, peer))
            .ifPresent(peers::add);
      }
    }
    Optional<Key> id = answer.bytes("id").flatMap(DhtNode::key);
    Optional<byte[]> token = answer.bytes("token");
    if (id.isPresent() && token.isPresent()) {
      List<Answered> all = new ArrayList<>(answered);
      all.add(new Answered(new Contact(id.get(), from), token.get()));
      all.sort(Comparator.comparing(each -> each.contact().id(), key.nearestFirst()));
      answered = List.copyOf(all.subList(0, Math.min(all.size(), DhtNode.REPLICATION)));
    }
  }

  private List<Contact> nearest(List<Contact> contacts, int limit) {
    return contacts.stream()
        .sorted(Comparator.comparing(Contact::id, key.nearestFirst()))
        .limit(limit)
        .toList();
  }

  /** Announces a port at the nearest nodes that answered. */
  void announce(int port) {
    List<CompletableFuture<Dictionary>> announcing = new ArrayList<>();
    for (Answered each : answered) {
      announcing.add(
          node.query(
              each.contact().address(),
              "announce_peer",
              Map.of(
                  "info_hash", new Text(key.bytes()),
                  "port", new Int(port),
                  "implied_port", new Int(0),
                  "token", new Text(each.token()))));
    }
    announcing.forEach(each -> each.handle((_, _) -> null).join());
  }

  /** Who is in the wide network knows no way into ours: such an address is a lie or useless. */
  static boolean isPlausible(InetSocketAddress from, InetSocketAddress named) {
    return !isGlobal(from.getAddress()) || isGlobal(named.getAddress());
  }

  private static boolean isGlobal(InetAddress address) {
    boolean isUniqueLocal =
        address instanceof Inet6Address && (address.getAddress()[0] & 0xfe) == 0xfc;
    return !address.isLoopbackAddress()
        && !address.isSiteLocalAddress()
        && !address.isLinkLocalAddress()
        && !isUniqueLocal;
  }
}
