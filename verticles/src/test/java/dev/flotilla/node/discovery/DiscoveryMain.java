package dev.flotilla.node.discovery;

import dev.flotilla.tokens.PeerAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process that looks for its swarm by mDNS until its standard input ends, and prints peers. */
final class DiscoveryMain {
  private DiscoveryMain() {}

  public static void main(String[] arguments) throws Exception {
    PeerAddress own = PeerAddress.parse(arguments[1]);
    long begin = System.nanoTime();
    List<PeerSource> sources = List.of(new MdnsPeers(TestingKeys.of(arguments[0])));
    try (Discovery discovery =
        new Discovery(
            sources,
            found ->
                System.out.printf(
                    "found %s after %d ms%n",
                    found.address(), TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin)))) {
      discovery.start(own);
      while (System.in.read() >= 0) {}
    }
  }
}
