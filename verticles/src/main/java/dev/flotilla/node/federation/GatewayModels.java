package dev.flotilla.node.federation;

import dev.flotilla.chat.ChatTemplate;
import dev.flotilla.federation.FederatedPipeline;
import dev.flotilla.federation.FederationObserver;
import dev.flotilla.federation.FederationOptions;
import dev.flotilla.federation.ModelDescription;
import dev.flotilla.federation.ReplicaAnnouncement;
import dev.flotilla.federation.ReplicaAnnouncement.State;
import dev.flotilla.federation.ReplicaDirectory;
import dev.flotilla.federation.ReplicaDirectory.Heard;
import dev.flotilla.federation.Replicas;
import dev.flotilla.node.api.ModelRegistry;
import dev.flotilla.node.api.ReplicaView;
import dev.flotilla.node.api.ServedModel;
import dev.flotilla.sharding.PipelineStatus;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All models of the swarm as a gateway offers them: those of this node first, then the others by
 * name. Read from any thread, changed on one event loop.
 *
 * <p>Two nodes may call different files by one name. The first that is heard of has the name, as
 * long as any replica of it lives; this node's own goes before all others.
 */
final class GatewayModels implements ModelRegistry, Replicas, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(GatewayModels.class);

  /** The most models that are known at once; more are ignored. */
  static final int MAX_MODELS = 4_096;

  /**
   * How long a model that nobody serves is still known: asked for, it is unavailable, not wrong.
   */
  static final long REMEMBERED_NANOS = TimeUnit.HOURS.toNanos(1);

  /** How long a node that could not be reached has to answer. */
  private static final long REACH_MILLIS = 1_000;

  private final Vertx vertx;
  private final Neighbours neighbours;
  private final Function<String, FederationOptions> options;
  private final FederationObserver observer;
  private final Ways ways;
  private final Executor loop;
  private final Set<String> conflicts = new HashSet<>();

  /** Nodes that could not be reached, and not since. */
  private final Set<String> unreached = new HashSet<>();

  /** Those of them that are asked whether they can be. */
  private final Set<String> asked = new HashSet<>();

  private volatile ReplicaDirectory directory = ReplicaDirectory.EMPTY;
  private volatile Map<String, Known> known = Map.of();
  private volatile List<ServedModel> models = List.of();

  /** A model that some node serves, or did. */
  private record Known(
      ServedModel served, FederatedPipeline pipeline, String fingerprint, long servedNanos) {}

  /**
   * None yet.
   *
   * @param loop runs things on the event loop that changes this
   */
  GatewayModels(
      Vertx vertx,
      Neighbours neighbours,
      Function<String, FederationOptions> options,
      FederationObserver observer,
      Ways ways,
      Executor loop) {
    this.vertx = vertx;
    this.neighbours = neighbours;
    this.options = options;
    this.observer = observer;
    this.ways = ways;
    this.loop = loop;
  }

  @Override
  public List<ServedModel> models() {
    return models;
  }

  @Override
  public Optional<ServedModel> find(String id) {
    return Optional.ofNullable(known.get(id)).map(Known::served);
  }

  @Override
  public List<ReplicaView> replicas(String id) {
    return directory.replicas(id).stream()
        .map(Heard::announcement)
        .map(this::view)
        .sorted(Comparator.comparing(ReplicaView::name).thenComparing(ReplicaView::node))
        .toList();
  }

  private ReplicaView view(ReplicaAnnouncement replica) {
    return new ReplicaView(
        replica.nodeId(),
        neighbours.name(replica.nodeId()),
        replica.state().name().toLowerCase(Locale.ROOT),
        replica.slots(),
        replica.running(),
        replica.queued(),
        replica.contextTokens(),
        replica.speed().prefillTokensPerSecond(),
        replica.speed().decodeTokensPerSecond().getFirst(),
        neighbours.roundTripMillis(replica.nodeId()));
  }

  @Override
  public ReplicaDirectory directory() {
    return directory;
  }

  @Override
  public Optional<Link> link(String nodeId, String modelId) {
    return ways.find(nodeId, modelId);
  }

  @Override
  public Future<Void> gone(ReplicaAnnouncement replica) {
    Promise<Void> done = Promise.promise();
    loop.execute(() -> {
      directory = directory.withoutGone(replica, System.nanoTime());
      list();
      done.complete();
    });
    return done.future();
  }

  /** A replica was announced, and its model is known. */
  void heard(ReplicaAnnouncement replica, ModelDescription model, ChatTemplate template) {
    long now = System.nanoTime();
    if (!admits(replica, model)) {
      return;
    }
    String id = replica.modelId();
    String node = replica.nodeId();
    Known before = known.get(id);
    if (before == null || !before.fingerprint().equals(model.fingerprint())) {
      if (before != null) {
        before.pipeline().close();
        withdraw(id);
      }
      know(model, template, now);
    }
    if (!node.equals(neighbours.own())) {
      ways.there(node, model.card(), () -> status(node, id));
    }
    if (unreached.contains(node)) {
      reach(node, id, () -> heard(replica, model, template));
      return;
    }
    boolean drained = replica.state() == State.DRAINING && stateOf(node, id) != State.DRAINING;
    directory = directory.with(replica, now);
    list();
    if (drained) {
      pipeline(id).ifPresent(pipeline -> pipeline.nodeDraining(node));
    }
    pipeline(id).ifPresent(FederatedPipeline::replicasChanged);
  }

  /** Asks a node that could not be reached, and goes on if it answers. */
  private void reach(String node, String id, Runnable reached) {
    Optional<Link> way = ways.find(node, id);
    if (way.isPresent() && asked.add(node)) {
      way.get()
          .probe()
          .timeout(REACH_MILLIS, TimeUnit.MILLISECONDS)
          .onComplete(answer ->
              loop.execute(() -> {
                asked.remove(node);
                if (answer.succeeded() && unreached.remove(node)) {
                  reached.run();
                }
              }));
    }
  }

  /** Whether a replica is one of the model that has its name. */
  private boolean admits(ReplicaAnnouncement replica, ModelDescription model) {
    String id = replica.modelId();
    Known before = known.get(id);
    if (before == null) {
      return known.size() < MAX_MODELS;
    }
    if (before.fingerprint().equals(model.fingerprint())
        || replica.nodeId().equals(neighbours.own())
        || directory.replicas(id).isEmpty()) {
      return true;
    }
    directory = directory.without(replica.nodeId(), id);
    if (conflicts.size() < MAX_MODELS && conflicts.add(replica.nodeId() + id)) {
      log.warn(
          "node {} calls another file '{}' than its other replicas: it gets no sessions of it",
          neighbours.name(replica.nodeId()),
          id);
    }
    return false;
  }

  /** What was served under a name is not what is now. */
  private void withdraw(String id) {
    for (Heard heard : directory.replicas(id)) {
      directory = directory.without(heard.announcement().nodeId(), id);
    }
  }

  private void know(ModelDescription model, ChatTemplate template, long now) {
    FederatedPipeline pipeline =
        new FederatedPipeline(
            vertx,
            model.card(),
            this,
            options.apply(model.card().id()),
            observer,
            new SplittableRandom());
    Map<String, Known> next = new LinkedHashMap<>(known);
    next.put(
        model.card().id(),
        new Known(new ServedModel(pipeline, template), pipeline, model.fingerprint(), now));
    known = next;
  }

  private Optional<FederatedPipeline> pipeline(String id) {
    return Optional.ofNullable(known.get(id)).map(Known::pipeline);
  }

  private State stateOf(String node, String id) {
    return find(node, id).map(ReplicaAnnouncement::state).orElse(State.LOADING);
  }

  private Optional<ReplicaAnnouncement> find(String node, String id) {
    return directory.replicas(id).stream()
        .map(Heard::announcement)
        .filter(each -> each.nodeId().equals(node))
        .findFirst();
  }

  private PipelineStatus status(String node, String id) {
    return FederatedPipeline.statusOf(find(node, id).stream().toList());
  }

  /** A node left, or is silent: its sessions go on elsewhere. */
  void nodeLost(String node) {
    ReplicaDirectory before = directory;
    unlink(node);
    unreached.remove(node);
    ways.forget(node);
    if (before != directory) {
      log.info("node {} is gone", neighbours.name(node));
      known.values().forEach(each -> each.pipeline().nodeLost(node));
    }
  }

  /**
   * A node can't be reached: it gets no new sessions until it answers over its link again, however
   * often it is heard of, as ways may be cut in one direction, or to one port. Its other sessions
   * find out for themselves.
   */
  void unlink(String node) {
    unreached.add(node);
    directory = directory.without(node);
    list();
  }

  /** This node serves a model no more. */
  void withdrawn(String id) {
    directory = directory.without(neighbours.own(), id);
    list();
  }

  /**
   * Parts with nodes that are silent or no members any more, with replicas that their nodes
   * announce no more, and with models long gone.
   */
  void expire(long nowNanos) {
    Set<String> members = neighbours.members();
    unreached.retainAll(members);
    Set<String> alive = nodes(directory.alive(nowNanos));
    for (String node : nodes(directory)) {
      if (!alive.contains(node) || !members.contains(node)) {
        nodeLost(node);
      }
    }
    ReplicaDirectory announced = directory.alive(nowNanos);
    if (announced != directory) {
      directory = announced;
      list();
    }
    forgetModels(nowNanos);
  }

  private static Set<String> nodes(ReplicaDirectory directory) {
    Set<String> nodes = new HashSet<>();
    directory.replicas().forEach(heard -> nodes.add(heard.announcement().nodeId()));
    return nodes;
  }

  private void forgetModels(long nowNanos) {
    Set<String> served = directory.models();
    Map<String, Known> next = new LinkedHashMap<>();
    known.forEach((id, each) -> {
      long servedNanos = served.contains(id) ? nowNanos : each.servedNanos();
      if (nowNanos - servedNanos < REMEMBERED_NANOS) {
        next.put(id, new Known(each.served(), each.pipeline(), each.fingerprint(), servedNanos));
      } else {
        each.pipeline().close();
      }
    });
    known = next;
  }

  /** Makes the list of models that somebody serves now. */
  private void list() {
    Set<String> served = new HashSet<>();
    Set<String> own = new HashSet<>();
    for (Heard heard : directory.replicas()) {
      served.add(heard.announcement().modelId());
      if (heard.announcement().nodeId().equals(neighbours.own())) {
        own.add(heard.announcement().modelId());
      }
    }
    List<ServedModel> first = new ArrayList<>();
    List<ServedModel> others = new ArrayList<>();
    known.forEach((id, each) -> {
      if (served.contains(id)) {
        (own.contains(id) ? first : others).add(each.served());
      }
    });
    others.sort(Comparator.comparing(ServedModel::id));
    first.addAll(others);
    models = List.copyOf(first);
  }

  @Override
  public void close() {
    known.values().forEach(each -> each.pipeline().close());
  }
}
