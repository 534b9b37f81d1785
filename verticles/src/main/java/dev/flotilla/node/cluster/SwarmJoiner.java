package dev.flotilla.node.cluster;

import com.hazelcast.cluster.Address;
import com.hazelcast.cluster.Member;
import com.hazelcast.instance.EndpointQualifier;
import com.hazelcast.instance.impl.Node;
import com.hazelcast.internal.cluster.impl.ClusterServiceImpl;
import com.hazelcast.internal.cluster.impl.TcpIpJoiner;
import com.hazelcast.internal.cluster.impl.operations.JoinMastershipClaimOp;
import com.hazelcast.internal.server.ServerConnectionManager;
import dev.flotilla.tokens.PeerAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Joins the members that a {@link Rendezvous} finds, or begins a cluster of its own.
 *
 * <p>Members have a master, who lets others in. Whoever comes asks all candidates for it; where
 * nobody names one, one of those who are there claims to be it, and all others have to agree, as
 * Hazelcast has it. Its own joiner, however, asks once a second those whom it knew at first, and
 * forgets at the end of each second what it was answered, though it be let in at that very moment:
 * machines that are switched on together joined one a second.
 */
final class SwarmJoiner extends TcpIpJoiner {
  private static final Logger log = LoggerFactory.getLogger(SwarmJoiner.class);

  private static final long ASK_MILLIS = 100;

  /** Looking at who is there makes connections, and may wait a second for them. */
  private static final int ROUNDS_A_LOOK = 3;

  /** How long those who start together ask for a master before one of them claims to be it. */
  private static final long LEADERLESS_MILLIS = 600;

  /** A master that has not let this node in after so long is taken for gone. */
  private static final long ADMISSION_MILLIS = 3_000;

  private static final long CLAIM_MILLIS = 3_000;

  /** How long the members of another cluster are asked alone to let this node in. */
  private static final long MERGE_MILLIS = 20_000;

  private static final long CONNECT_ALL_MILLIS = 2_000;
  private static final long CONNECT_POLL_MILLIS = 20;

  private final Rendezvous rendezvous;
  private final long joinWaitMillis;
  private volatile boolean claiming;
  private boolean announced;

  /**
   * @param joinWaitMillis how long the first search waits for somebody to be found
   */
  SwarmJoiner(Node node, Rendezvous rendezvous, long joinWaitMillis) {
    super(node);
    this.rendezvous = rendezvous;
    this.joinWaitMillis = joinWaitMillis;
  }

  @Override
  public boolean isClaimingMastership() {
    return claiming;
  }

  @Override
  protected Collection<Address> getPossibleAddresses() {
    List<Address> addresses = new ArrayList<>();
    for (PeerAddress candidate : rendezvous.candidates()) {
      try {
        addresses.add(new Address(candidate.host(), candidate.port()));
      } catch (UnknownHostException _) {
        log.debug("peer {} has no address right now", candidate);
      }
    }
    addresses.removeAll(node.getLocalAddressRegistry().getLocalAddresses());
    return addresses;
  }

  /** Joins; a cluster that this node's own is to merge into goes first. Blocks. */
  @Override
  public void doJoin() {
    try {
      if (!announced) {
        announced = true;
        rendezvous.announce(
            new PeerAddress(node.getThisAddress().getHost(), node.getThisAddress().getPort()));
        awaitCandidates();
      }
      Address other = getTargetAddress();
      if (other != null) {
        join(() -> List.of(other), MERGE_MILLIS);
      }
      join(this::getPossibleAddresses, Long.MAX_VALUE);
      awaitConnections();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void awaitCandidates() throws InterruptedException {
    long begun = System.nanoTime();
    while (rendezvous.mayFind()
        && passedMillis(begun) < joinWaitMillis
        && rendezvous.candidates().isEmpty()) {
      TimeUnit.MILLISECONDS.sleep(ASK_MILLIS);
    }
  }

  private void join(Supplier<Collection<Address>> candidates, long limitMillis)
      throws InterruptedException {
    long begunNanos = System.nanoTime();
    long sinceNanos = begunNanos;
    Address before = null;
    Collection<Address> others = List.of();
    for (int i = 0; shouldRetry() && passedMillis(begunNanos) < limitMillis; i++) {
      if (i % ROUNDS_A_LOOK == 0) {
        others = candidates.get().stream().filter(address -> !isBlacklisted(address)).toList();
      }
      Address master = clusterService.getMasterAddress();
      if (!Objects.equals(master, before)) {
        before = master;
        sinceNanos = System.nanoTime();
      }
      long waitedMillis = passedMillis(sinceNanos);
      if (master != null && waitedMillis < ADMISSION_MILLIS) {
        clusterJoinManager.sendJoinRequest(master);
      } else if (master != null) {
        clusterService.setMasterAddressToJoin(null);
      } else if (others.isEmpty()) {
        begin();
      } else if (waitedMillis < LEADERLESS_MILLIS) {
        others.forEach(clusterJoinManager::sendMasterQuestion);
      } else {
        sinceNanos = System.nanoTime();
        if (isFirstOf(others) && agree(others)) {
          begin();
        }
      }
      boolean _ = clusterService.blockOnJoin(ASK_MILLIS);
    }
  }

  private static long passedMillis(long sinceNanos) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - sinceNanos);
  }

  private void begin() {
    // An answer may have come while the others were asked.
    if (clusterService.getMasterAddress() == null) {
      boolean _ = clusterJoinManager.setThisMemberAsMaster();
    }
  }

  /** Whether this node's address comes before those of all others that are connected. */
  private boolean isFirstOf(Collection<Address> others) {
    String own = node.getThisAddress().toString();
    return others.stream()
        .filter(address -> connections().get(address) != null)
        .map(node.getLocalAddressRegistry()::uuidOf)
        .filter(uuid -> uuid != null)
        .map(node.getLocalAddressRegistry()::getPrimaryAddress)
        .noneMatch(primary -> primary != null && primary.toString().compareTo(own) < 0);
  }

  /** Whether all others agree that this node is the master; none does that is or claims to be. */
  private boolean agree(Collection<Address> others) throws InterruptedException {
    claiming = true;
    try {
      List<CompletableFuture<Boolean>> answers = others.stream().map(this::claim).toList();
      CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
          .get(CLAIM_MILLIS, TimeUnit.MILLISECONDS);
      return answers.stream().allMatch(CompletableFuture::join);
    } catch (ExecutionException | TimeoutException e) {
      log.debug("no leave to begin a cluster", e);
      return false;
    } finally {
      claiming = false;
    }
  }

  private CompletableFuture<Boolean> claim(Address other) {
    return node.getNodeEngine()
        .getOperationService()
        .createInvocationBuilder(
            ClusterServiceImpl.SERVICE_NAME, new JoinMastershipClaimOp(), other)
        .setTryCount(1)
        .invoke();
  }

  /** Hazelcast looks once a second whether all members are connected; mostly they are sooner. */
  private void awaitConnections() throws InterruptedException {
    long begun = System.nanoTime();
    while (clusterService.isJoined()
        && passedMillis(begun) < CONNECT_ALL_MILLIS
        && !clusterService.getMembers().stream().allMatch(this::isConnected)) {
      TimeUnit.MILLISECONDS.sleep(CONNECT_POLL_MILLIS);
    }
  }

  private boolean isConnected(Member member) {
    return member.localMember() || connections().getOrConnect(member.getAddress()) != null;
  }

  private ServerConnectionManager connections() {
    return node.getServer().getConnectionManager(EndpointQualifier.MEMBER);
  }
}
