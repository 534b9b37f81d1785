package dev.flotilla.node.cluster;

import dev.flotilla.tokens.PeerAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * What a {@link Rendezvous} finds, as Hazelcast's joiner can use it. That one waits for seconds for
 * each address where nobody is, so those are left out. And of two clusters only one can go over to
 * the other, so each has to know the other: whoever has connected is a candidate too.
 */
final class LiveCandidates implements Rendezvous {
  private static final int CONNECT_MILLIS = 1_000;

  private final Rendezvous found;
  private final Supplier<Collection<PeerAddress>> connected;

  /**
   * @param connected addresses of members of the swarm that are connected to this node now
   */
  LiveCandidates(Rendezvous found, Supplier<Collection<PeerAddress>> connected) {
    this.found = found;
    this.connected = connected;
  }

  @Override
  public void announce(PeerAddress own) {
    found.announce(own);
  }

  @Override
  public Collection<PeerAddress> candidates() {
    Collection<PeerAddress> near = connected.get();
    List<PeerAddress> others =
        found.candidates().stream().filter(candidate -> !near.contains(candidate)).toList();
    Set<PeerAddress> alive = alive(others);
    return Stream.concat(near.stream(), others.stream().filter(alive::contains)).toList();
  }

  @Override
  public boolean mayFind() {
    return found.mayFind();
  }

  private static Set<PeerAddress> alive(List<PeerAddress> addresses) {
    Set<PeerAddress> alive = ConcurrentHashMap.newKeySet();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (PeerAddress address : addresses) {
        threads.execute(() -> {
          if (answers(address)) {
            alive.add(address);
          }
        });
      }
    }
    return alive;
  }

  private static boolean answers(PeerAddress address) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(address.host(), address.port()), CONNECT_MILLIS);
      return true;
    } catch (IOException _) {
      return false;
    }
  }
}
