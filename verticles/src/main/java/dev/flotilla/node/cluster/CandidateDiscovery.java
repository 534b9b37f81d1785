package dev.flotilla.node.cluster;

import com.hazelcast.cluster.Address;
import com.hazelcast.config.properties.PropertyDefinition;
import com.hazelcast.logging.ILogger;
import com.hazelcast.spi.discovery.AbstractDiscoveryStrategy;
import com.hazelcast.spi.discovery.DiscoveryNode;
import com.hazelcast.spi.discovery.DiscoveryStrategy;
import com.hazelcast.spi.discovery.DiscoveryStrategyFactory;
import com.hazelcast.spi.discovery.SimpleDiscoveryNode;
import dev.flotilla.tokens.PeerAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells Hazelcast's joiner what a {@link Rendezvous} finds. */
final class CandidateDiscovery implements DiscoveryStrategyFactory {
  private static final Logger log = LoggerFactory.getLogger(CandidateDiscovery.class);

  private final Rendezvous rendezvous;
  private final long joinWaitMillis;

  /**
   * @param joinWaitMillis how long the first question waits for somebody to be found
   */
  CandidateDiscovery(Rendezvous rendezvous, long joinWaitMillis) {
    this.rendezvous = rendezvous;
    this.joinWaitMillis = joinWaitMillis;
  }

  @Override
  public Class<? extends DiscoveryStrategy> getDiscoveryStrategyType() {
    return Strategy.class;
  }

  @Override
  @SuppressWarnings("rawtypes") // as the interface has it
  public DiscoveryStrategy newDiscoveryStrategy(
      DiscoveryNode own, ILogger logger, Map<String, Comparable> properties) {
    return new Strategy(rendezvous, joinWaitMillis, own, logger);
  }

  @Override
  public @Nullable Collection<PropertyDefinition> getConfigurationProperties() {
    return List.of();
  }

  private static final class Strategy extends AbstractDiscoveryStrategy {
    private final Rendezvous rendezvous;
    private static final long POLL_MILLIS = 50;

    private final DiscoveryNode own;
    private long waitMillis;

    Strategy(Rendezvous rendezvous, long waitMillis, DiscoveryNode own, ILogger logger) {
      super(logger, Map.of());
      this.rendezvous = rendezvous;
      this.waitMillis = waitMillis;
      this.own = own;
    }

    @Override
    public void start() {
      Address address = own.getPublicAddress();
      rendezvous.announce(new PeerAddress(address.getHost(), address.getPort()));
    }

    @Override
    public Iterable<DiscoveryNode> discoverNodes() {
      awaitFirst();
      List<DiscoveryNode> nodes = new ArrayList<>();
      for (PeerAddress candidate : rendezvous.candidates()) {
        try {
          nodes.add(new SimpleDiscoveryNode(new Address(candidate.host(), candidate.port())));
        } catch (UnknownHostException e) {
          log.debug("peer {} has no address right now", candidate);
        }
      }
      return nodes;
    }

    private void awaitFirst() {
      long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(waitMillis);
      waitMillis = 0;
      if (!rendezvous.mayFind()) {
        return;
      }
      try {
        while (System.nanoTime() - deadline < 0 && rendezvous.candidates().isEmpty()) {
          TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
