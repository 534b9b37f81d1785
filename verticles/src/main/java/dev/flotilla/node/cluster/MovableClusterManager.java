package dev.flotilla.node.cluster;

import com.hazelcast.core.HazelcastInstance;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.AsyncMap;
import io.vertx.core.shareddata.Counter;
import io.vertx.core.shareddata.Lock;
import io.vertx.core.spi.cluster.ClusterManager;
import io.vertx.core.spi.cluster.NodeInfo;
import io.vertx.core.spi.cluster.NodeListener;
import io.vertx.core.spi.cluster.RegistrationInfo;
import io.vertx.core.spi.cluster.RegistrationListener;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Clusters Vert.x by Hazelcast, through one member of its cluster after another: consumers of the
 * event bus outlive a change of this node's address. In between nobody can be reached.
 */
final class MovableClusterManager implements ClusterManager {
  private static final long STEP_SECONDS = 10;
  private static final long TELL_AGAIN_MILLIS = 3_000;

  private final Map<String, Set<RegistrationInfo>> registrations = new ConcurrentHashMap<>();
  private volatile HazelcastClusterManager current;
  private @Nullable Vertx vertx;
  private @Nullable RegistrationListener registrationListener;
  private @Nullable NodeListener nodeListener;
  private boolean between;

  MovableClusterManager(HazelcastInstance hazelcast) {
    this.current = new HazelcastClusterManager(hazelcast);
  }

  /** The cluster's member is about to end. */
  synchronized void detach() {
    between = true;
  }

  /**
   * There is another member. Blocks.
   *
   * @param host where others reach the event bus from now on
   */
  void attach(HazelcastInstance hazelcast, String host) throws Exception {
    HazelcastClusterManager next = new HazelcastClusterManager(hazelcast);
    if (vertx == null || registrationListener == null) {
      replaceBy(next);
      return;
    }
    NodeInfo before = current.getNodeInfo();
    // For its threads only: its member has ended already.
    current.leave((_, _) -> {});
    next.init(vertx);
    next.registrationListener(registrationListener);
    if (nodeListener != null) {
      next.nodeListener(nodeListener);
    }
    var _ = await(begin(next::join));
    replaceBy(next);
    NodeInfo moved = new NodeInfo(host, before.port(), before.metadata());
    for (Future<Void> said : tell(next, moved)) {
      var _ = await(said);
    }
    registrationListener.registrationsLost();
    // Members that hear late that the other one is gone drop what is said under its name.
    vertx.setTimer(
        TELL_AGAIN_MILLIS,
        _ -> {
          if (current.equals(next)) {
            tell(next, moved);
          }
        });
  }

  private List<Future<Void>> tell(HazelcastClusterManager manager, NodeInfo own) {
    List<Future<Void>> said = new ArrayList<>();
    said.add(begin(done -> manager.setNodeInfo(own, done)));
    registrations.forEach((address, infos) ->
        infos.forEach(
            info -> said.add(begin(done -> manager.addRegistration(address, info, done)))));
    return said;
  }

  private synchronized void replaceBy(HazelcastClusterManager next) {
    current = next;
    between = false;
  }

  private static Future<Void> begin(Consumer<Completable<Void>> step) {
    Promise<Void> done = Promise.promise();
    step.accept(done);
    return done.future();
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(STEP_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public void init(Vertx clustered) {
    vertx = clustered;
    current.init(clustered);
  }

  @Override
  public void registrationListener(RegistrationListener listener) {
    registrationListener = listener;
    current.registrationListener(listener);
  }

  @Override
  public void nodeListener(NodeListener listener) {
    nodeListener = listener;
    current.nodeListener(listener);
  }

  @Override
  public void addRegistration(
      String address, RegistrationInfo registration, Completable<Void> promise) {
    synchronized (this) {
      registrations.computeIfAbsent(address, _ -> ConcurrentHashMap.newKeySet()).add(registration);
      if (between) {
        promise.succeed();
        return;
      }
    }
    current.addRegistration(address, registration, promise);
  }

  @Override
  public void removeRegistration(
      String address, RegistrationInfo registration, Completable<Void> promise) {
    synchronized (this) {
      registrations.computeIfPresent(
          address,
          (_, kept) -> {
            kept.remove(registration);
            return kept.isEmpty() ? null : kept;
          });
      if (between) {
        promise.succeed();
        return;
      }
    }
    current.removeRegistration(address, registration, promise);
  }

  @Override
  public void getRegistrations(String address, Completable<List<RegistrationInfo>> promise) {
    current.getRegistrations(address, promise);
  }

  @Override
  public <K, V> void getAsyncMap(String name, Completable<AsyncMap<K, V>> promise) {
    current.getAsyncMap(name, promise);
  }

  @Override
  public <K, V> Map<K, V> getSyncMap(String name) {
    return current.getSyncMap(name);
  }

  @Override
  public void getLockWithTimeout(String name, long timeoutMillis, Completable<Lock> promise) {
    current.getLockWithTimeout(name, timeoutMillis, promise);
  }

  @Override
  public void getCounter(String name, Completable<Counter> promise) {
    current.getCounter(name, promise);
  }

  @Override
  public String getNodeId() {
    return current.getNodeId();
  }

  @Override
  public synchronized List<String> getNodes() {
    return between ? List.of(current.getNodeId()) : current.getNodes();
  }

  @Override
  public void setNodeInfo(NodeInfo info, Completable<Void> promise) {
    current.setNodeInfo(info, promise);
  }

  @Override
  public NodeInfo getNodeInfo() {
    return current.getNodeInfo();
  }

  @Override
  public void getNodeInfo(String nodeId, Completable<NodeInfo> promise) {
    current.getNodeInfo(nodeId, promise);
  }

  @Override
  public void join(Completable<Void> promise) {
    current.join(promise);
  }

  @Override
  public void leave(Completable<Void> promise) {
    current.leave(promise);
  }

  @Override
  public boolean isActive() {
    return current.isActive();
  }
}
