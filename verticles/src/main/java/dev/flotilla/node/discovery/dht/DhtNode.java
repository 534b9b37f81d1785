package dev.flotilla.node.discovery.dht;

import dev.flotilla.node.discovery.dht.Bencoded.Dictionary;
import dev.flotilla.node.discovery.dht.Bencoded.Int;
import dev.flotilla.node.discovery.dht.Bencoded.Items;
import dev.flotilla.node.discovery.dht.Bencoded.Text;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node of the Mainline DHT on one UDP socket (BEP 5). Thread-safe.
 *
 * <p>What strangers can make it hold or send is bounded: nodes, announcements, questions under way
 * and answers a second.
 */
public final class DhtNode implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DhtNode.class);

  /** How many nodes nearest to a key hold what is announced under it (Kademlia's k). */
  static final int REPLICATION = 8;

  static final int MAX_PACKET_BYTES = 1_500;
  private static final int MAX_QUERIES_UNDER_WAY = 256;
  private static final int MAX_ANSWERS_PER_SECOND = 500;
  private static final int MAX_VALUES = 50;
  private static final long QUERY_TIMEOUT_MILLIS = 1_500;

  /** Packets are lost, and machines that are switched on together are not there yet. */
  private static final long SEND_AGAIN_MILLIS = 400;

  private static final int TRANSACTION_BYTES = 4;
  private static final int MAX_TRANSACTION_BYTES = 32;

  private final DatagramChannel channel;
  private final CompactAddress family;
  private final Key id;
  private final RoutingTable table;
  private final PeerStore store;
  private final WriteTokens tokens;
  private final SecureRandom random;
  private final BiConsumer<Key, InetSocketAddress> announced;
  private final RateLimit answers;
  private final Map<String, Query> queries = new ConcurrentHashMap<>();

  /** A question under way. */
  private record Query(InetSocketAddress to, CompletableFuture<Dictionary> answer) {}

  private DhtNode(
      DatagramChannel channel, BiConsumer<Key, InetSocketAddress> announced, RateLimit answers)
      throws IOException {
    this.channel = channel;
    this.announced = announced;
    this.answers = answers;
    this.random = new SecureRandom();
    this.family = CompactAddress.of(localAddress().getAddress());
    byte[] own = new byte[Key.BYTES];
    random.nextBytes(own);
    this.id = Key.of(own);
    this.table = new RoutingTable(id);
    this.store = new PeerStore(InstantSource.system());
    this.tokens = new WriteTokens(InstantSource.system(), random);
  }

  /**
   * Starts a node.
   *
   * @param bind address and port; port 0 picks a free one. The address decides between the DHT of
   *     IPv4 and that of IPv6
   * @param announced told what others announce here, on the thread that receives
   */
  public static DhtNode open(InetSocketAddress bind, BiConsumer<Key, InetSocketAddress> announced)
      throws IOException {
    return open(bind, announced, new RateLimit(MAX_ANSWERS_PER_SECOND, InstantSource.system()));
  }

  static DhtNode open(
      InetSocketAddress bind, BiConsumer<Key, InetSocketAddress> announced, RateLimit answers)
      throws IOException {
    DatagramChannel channel =
        DatagramChannel.open(
            CompactAddress.of(bind.getAddress()) == CompactAddress.IPV4
                ? StandardProtocolFamily.INET
                : StandardProtocolFamily.INET6);
    try {
      channel.bind(bind);
      DhtNode node = new DhtNode(channel, announced, answers);
      Thread.ofPlatform().name("dht-receive").daemon().start(node::receive);
      return node;
    } catch (IOException | RuntimeException failure) {
      channel.close();
      throw failure;
    }
  }

  /** Where it receives. */
  public InetSocketAddress localAddress() throws IOException {
    return (InetSocketAddress) channel.getLocalAddress();
  }

  /** How many other nodes it knows. */
  public int knownNodes() {
    return table.size();
  }

  /**
   * Finds who is announced under a key, and announces a port of this machine there. Blocks for some
   * round trips, seconds in a wide network.
   *
   * @param port to announce; peers see it at the address that our packets come from
   * @param bootstrap nodes to begin with while few others are known
   * @return peers under the key, this node itself perhaps among them
   */
  public Set<InetSocketAddress> meet(Key key, int port, List<InetSocketAddress> bootstrap) {
    Lookup lookup = new Lookup(this, table, key);
    Set<InetSocketAddress> peers = lookup.run(bootstrap.stream().filter(family::fits).toList());
    peers.addAll(store.get(key));
    lookup.announce(port);
    return peers;
  }

  CompactAddress family() {
    return family;
  }

  /**
   * Asks another node, again and again until it answers or the time is up.
   *
   * @return its answer; fails if there is none in time, or an error
   */
  CompletableFuture<Dictionary> query(
      InetSocketAddress to, String method, Map<String, Bencoded> arguments) {
    CompletableFuture<Dictionary> answer = new CompletableFuture<>();
    if (queries.size() >= MAX_QUERIES_UNDER_WAY) {
      answer.completeExceptionally(new IOException("too many queries under way"));
      return answer;
    }
    byte[] transaction = new byte[TRANSACTION_BYTES];
    random.nextBytes(transaction);
    Text name = new Text(transaction);
    if (queries.putIfAbsent(name.text(), new Query(to, answer)) != null) {
      answer.completeExceptionally(new IOException("the transaction number is taken"));
      return answer;
    }
    Map<String, Bencoded> all = new TreeMap<>(arguments);
    all.put("id", new Text(id.bytes()));
    Map<String, Bencoded> message =
        Map.of("t", name, "y", Text.of("q"), "q", Text.of(method), "a", Dictionary.of(all));
    sendUntilDone(to, message, answer);
    return answer
        .orTimeout(QUERY_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
        .whenComplete((_, failure) -> {
          queries.remove(name.text());
          if (failure != null) {
            table.failed(to);
          }
        });
  }

  private void sendUntilDone(
      InetSocketAddress to, Map<String, Bencoded> message, CompletableFuture<Dictionary> answer) {
    if (!answer.isDone()) {
      send(to, message);
      CompletableFuture.delayedExecutor(SEND_AGAIN_MILLIS, TimeUnit.MILLISECONDS)
          .execute(() -> sendUntilDone(to, message, answer));
    }
  }

  private void send(InetSocketAddress to, Map<String, Bencoded> message) {
    try {
      channel.send(ByteBuffer.wrap(Dictionary.of(message).encode()), to);
    } catch (IOException lost) {
      // As good as a packet lost on the way: the answer's timeout deals with both.
      log.debug("a packet to {} was not sent", to, lost);
    }
  }

  private void receive() {
    ByteBuffer buffer = ByteBuffer.allocate(MAX_PACKET_BYTES);
    while (channel.isOpen()) {
      try {
        buffer.clear();
        InetSocketAddress from = (InetSocketAddress) channel.receive(buffer);
        byte[] packet = new byte[buffer.flip().remaining()];
        buffer.get(packet);
        handle(packet, from);
      } catch (IOException problem) {
        if (channel.isOpen()) {
          log.debug("nothing was received", problem);
        }
      } catch (IllegalArgumentException garbage) {
        log.trace("a packet was dropped", garbage);
      }
    }
  }

  private void handle(byte[] packet, InetSocketAddress from) {
    if (!(Bencoded.decode(packet) instanceof Dictionary message)) {
      return;
    }
    Optional<byte[]> transaction = message.bytes("t");
    if (transaction.isEmpty() || transaction.get().length > MAX_TRANSACTION_BYTES) {
      return;
    }
    switch (message.text("y").orElse("")) {
      case "q" -> {
        if (answers.tryTake()) {
          answer(message, new Text(transaction.get()), from);
        }
      }
      case "r" -> complete(message, new Text(transaction.get()).text(), from);
      case "e" ->
          query(new Text(transaction.get()).text(), from)
              .ifPresent(query -> query.answer().completeExceptionally(new IOException("refused")));
      default -> log.trace("a message of no known kind");
    }
  }

  /** The query that an answer is to; a stranger's guess has the wrong address. */
  private Optional<Query> query(String transaction, InetSocketAddress from) {
    return Optional.ofNullable(queries.get(transaction)).filter(query -> query.to().equals(from));
  }

  private void complete(Dictionary message, String transaction, InetSocketAddress from) {
    Optional<Query> query = query(transaction, from);
    Optional<Dictionary> body = message.dictionary("r");
    Optional<Key> node = body.flatMap(each -> each.bytes("id")).flatMap(DhtNode::key);
    if (query.isPresent() && body.isPresent() && node.isPresent()) {
      table.answered(new Contact(node.get(), from));
      query.get().answer().complete(body.get());
    }
  }

  private void answer(Dictionary message, Text transaction, InetSocketAddress from) {
    Dictionary arguments = message.dictionary("a").orElse(Dictionary.of(Map.of()));
    Map<String, Bencoded> body = new TreeMap<>();
    body.put("id", new Text(id.bytes()));
    String method = message.text("q").orElse("");
    boolean isAnswered =
        switch (method) {
          case "ping" -> true;
          case "find_node" -> putNodes(body, arguments.bytes("target"));
          case "get_peers" -> putPeers(body, arguments.bytes("info_hash"), from.getAddress());
          case "announce_peer" -> store(arguments, from);
          default -> false;
        };
    if (isAnswered) {
      send(from, Map.of("t", transaction, "y", Text.of("r"), "r", Dictionary.of(body)));
      greet(from, method, message);
    } else {
      Items error = new Items(List.of(new Int(203), Text.of("Protocol Error")));
      send(from, Map.of("t", transaction, "y", Text.of("e"), "e", error));
    }
  }

  /**
   * Gets to know who asked: only who answers comes into the table. A ping is not answered by a
   * ping, or two that have no room for each other would go on for ever, and one that asks itself.
   */
  private void greet(InetSocketAddress from, String method, Dictionary message) {
    boolean isReadOnly = message.integer("ro").orElse(0L) == 1;
    if (!isReadOnly && !method.equals("ping") && !table.contains(from)) {
      var _ = query(from, "ping", Map.of());
    }
  }

  private boolean putNodes(Map<String, Bencoded> body, Optional<byte[]> target) {
    Optional<Key> key = target.flatMap(DhtNode::key);
    key.ifPresent(near -> {
      List<Contact> nearest = table.nearest(near, REPLICATION);
      ByteBuffer nodes = ByteBuffer.allocate(nearest.size() * (Key.BYTES + family.bytes()));
      nearest.forEach(
          contact -> nodes.put(contact.id().bytes()).put(family.encode(contact.address())));
      body.put(family.nodesKey(), new Text(nodes.array()));
    });
    return key.isPresent();
  }

  private boolean putPeers(
      Map<String, Bencoded> body, Optional<byte[]> infoHash, InetAddress from) {
    if (!putNodes(body, infoHash)) {
      return false;
    }
    body.put("token", new Text(tokens.issue(from)));
    List<Bencoded> values =
        infoHash.flatMap(DhtNode::key).stream()
            .flatMap(key -> store.get(key).stream())
            .limit(MAX_VALUES)
            .<Bencoded>map(peer -> new Text(family.encode(peer)))
            .toList();
    if (!values.isEmpty()) {
      body.put("values", new Items(values));
    }
    return true;
  }

  private boolean store(Dictionary arguments, InetSocketAddress from) {
    Optional<Key> key = arguments.bytes("info_hash").flatMap(DhtNode::key);
    boolean impliesPort = arguments.integer("implied_port").orElse(0L) == 1;
    long port = impliesPort ? from.getPort() : arguments.integer("port").orElse(0L);
    boolean isAllowed =
        arguments
            .bytes("token")
            .map(token -> tokens.isValid(token, from.getAddress()))
            .orElse(false);
    if (key.isEmpty() || port < 1 || port > 65_535 || !isAllowed) {
      return false;
    }
    InetSocketAddress peer = new InetSocketAddress(from.getAddress(), (int) port);
    store.add(key.get(), peer);
    announced.accept(key.get(), peer);
    return true;
  }

  static Optional<Key> key(byte[] bytes) {
    return bytes.length == Key.BYTES ? Optional.of(Key.of(bytes)) : Optional.empty();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
