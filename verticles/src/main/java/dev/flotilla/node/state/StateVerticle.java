package dev.flotilla.node.state;

import dev.flotilla.federation.state.Action;
import dev.flotilla.federation.state.Command.Request;
import dev.flotilla.federation.state.Durable;
import dev.flotilla.federation.state.HistoryKeeper;
import dev.flotilla.federation.state.KeeperOptions;
import dev.flotilla.federation.state.LogEntry;
import dev.flotilla.federation.state.Member;
import dev.flotilla.federation.state.Message;
import dev.flotilla.federation.state.Outcome;
import dev.flotilla.federation.state.Outcome.Refusal;
import dev.flotilla.federation.state.StateFile;
import dev.flotilla.federation.state.SwarmHistory;
import dev.flotilla.federation.state.SwarmState;
import dev.flotilla.node.auth.Credentials;
import dev.flotilla.node.cluster.SharedLog;
import dev.flotilla.node.cluster.SwarmBus;
import dev.flotilla.node.cluster.Topic;
import dev.flotilla.tokens.NodeCertificate;
import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.Permission;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps this node's copy of the swarm's history. To be deployed on worker threads: what a keeper
 * promises must be on disk before it is told to others, so everything happens in turn and may
 * block.
 */
public final class StateVerticle extends VerticleBase implements SwarmHistory {
  private static final Logger log = LoggerFactory.getLogger(StateVerticle.class);
  private static final long TICK_MILLIS = 250;
  private static final int ENTRIES_AT_ONCE = 64;
  private static final long REREAD_MILLIS = 500;

  private static final Topic<Message> MESSAGES =
      new Topic<>("flotilla.state", Permission.JOIN, StateWireCodec.MESSAGES);

  /** What a node that may not place models writes here is nobody's entry. */
  private static final Topic<LogEntry> ENTRIES =
      new Topic<>("flotilla.log", Permission.PLACE_MODELS, StateWireCodec.ENTRIES);

  private static final Outcome OUT_OF_ORDER =
      new Outcome.Refused(Refusal.NO_QUORUM, "this node can't write to its disk");

  private final NodeId self;
  private final StateFile file;
  private final KeeperOptions options;
  private final SwarmBus bus;
  private final SharedLog shared;
  private final Supplier<List<Member>> members;
  private final RecentEntries recent = new RecentEntries();
  private final Set<Runnable> listeners = new CopyOnWriteArraySet<>();
  private final Map<String, CompletableFuture<Outcome>> asked = new HashMap<>();
  private final Promise<Context> begun = Promise.promise();
  private Optional<HistoryKeeper> keeper = Optional.empty();
  private List<Member> seen = List.of();
  private volatile SwarmState state = SwarmState.EMPTY;
  private volatile boolean leading;

  /**
   * @param file what is kept over restarts
   * @param shared the log that all members share
   * @param members who is in sight, this node included, the oldest first; asked often, any thread
   */
  public StateVerticle(
      NodeId self,
      StateFile file,
      KeeperOptions options,
      SwarmBus bus,
      SharedLog shared,
      Supplier<List<Member>> members) {
    this.self = self;
    this.file = file;
    this.options = options;
    this.bus = bus;
    this.shared = shared;
    this.members = members;
  }

  @Override
  public Future<?> start() throws IOException {
    HistoryKeeper fresh = new HistoryKeeper(self.hex(), file.read(), options);
    keeper = Optional.of(fresh);
    state = fresh.state();
    bus.receive(MESSAGES, this::received);
    readOn(shared.end());
    vertx.setPeriodic(TICK_MILLIS, _ -> tick());
    listeners.forEach(Runnable::run);
    begun.complete(context);
    return Future.succeededFuture();
  }

  @Override
  public SwarmState state() {
    return state;
  }

  @Override
  public boolean isLeading() {
    return leading;
  }

  @Override
  public List<LogEntry> after(long index) {
    return recent.after(index);
  }

  @Override
  public Runnable onChange(Runnable listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  @Override
  public CompletionStage<Outcome> submit(Request request) {
    CompletableFuture<Outcome> answer = new CompletableFuture<>();
    var _ = begun.future().onSuccess(turn -> turn.runOnContext(_ -> submit(request, answer)));
    return answer;
  }

  private void submit(Request request, CompletableFuture<Outcome> answer) {
    String commandId = request.commandId();
    CompletableFuture<Outcome> before = asked.get(commandId);
    if (before != null) {
      var _ = before.thenAccept(answer::complete);
    } else if (keeper.isEmpty()) {
      answer.complete(OUT_OF_ORDER);
    } else {
      asked.put(commandId, answer);
      step(running -> running.submit(nowMillis(), request));
    }
  }

  private void tick() {
    List<Member> present = members.get();
    if (!present.equals(seen)) {
      seen = present;
      step(running -> running.view(nowMillis(), present));
    }
    step(running -> running.tick(nowMillis()));
    keeper.ifPresent(this::reportLeading);
  }

  private void reportLeading(HistoryKeeper running) {
    if (running.isLeading() != leading) {
      leading = running.isLeading();
      log.info(
          leading
              ? "this node leads the swarm, epoch {}"
              : "another node leads the swarm, epoch {}",
          running.epoch());
    }
  }

  private void received(NodeCertificate sender, Message message) {
    Credentials.require(sender, permissionFor(message));
    step(running -> running.receive(nowMillis(), sender.id().hex(), message));
  }

  /** Nodes that don't vote only listen, and ask for what they missed. */
  private static Permission permissionFor(Message message) {
    return switch (message) {
      case Message.AskState _ -> Permission.JOIN;
      case Message.AskPromise _,
          Message.Promise _,
          Message.Outdated _,
          Message.Acknowledge _,
          Message.Heartbeat _,
          Message.State _,
          Message.Forward _,
          Message.Decided _ ->
          Permission.PLACE_MODELS;
    };
  }

  private void readOn(long position) {
    var _ =
        shared
            .read(position, ENTRIES_AT_ONCE)
            .whenComplete((batch, failure) ->
                context.runOnContext(_ -> {
                  if (failure == null) {
                    batch.items().forEach(item -> bus.open(item, ENTRIES, this::entry));
                    readOn(batch.next());
                  } else {
                    vertx.setTimer(REREAD_MILLIS, _ -> readAgain(position, failure));
                  }
                }));
  }

  private void readAgain(long position, Throwable failure) {
    log.debug("the log was not read: {}", failure.toString());
    readOn(shared.restart(position, failure));
  }

  private void entry(NodeCertificate writer, LogEntry entry) {
    if (entry.leaderId().equals(writer.id().hex())) {
      step(running -> running.entry(nowMillis(), entry));
    }
  }

  private void perform(Action action) {
    switch (action) {
      case Action.Persist(Durable durable) -> persist(durable);
      case Action.Append(LogEntry entry) -> bus.append(shared, ENTRIES, entry);
      case Action.Send(String to, Message message) -> bus.send(MESSAGES, new NodeId(to), message);
      case Action.Reply(String commandId, Outcome outcome) -> answer(commandId, outcome);
      case Action.Publish(SwarmState agreed, List<LogEntry> entries) -> {
        state = agreed;
        recent.add(entries);
        listeners.forEach(Runnable::run);
      }
    }
  }

  private void answer(String commandId, Outcome outcome) {
    CompletableFuture<Outcome> waiting = asked.remove(commandId);
    if (waiting != null) {
      waiting.complete(outcome);
    }
  }

  /** A node that can't remember what it promises must not promise any more. */
  private void persist(Durable durable) {
    try {
      file.write(durable);
    } catch (IOException e) {
      log.error(
          "what this node has to remember can't be written, so it takes no part in deciding until"
              + " it is restarted",
          e);
      keeper = Optional.empty();
      leading = false;
      asked.values().forEach(waiting -> waiting.complete(OUT_OF_ORDER));
      asked.clear();
      throw new UncheckedIOException(e);
    }
  }

  /** Gives the keeper an input and does what it wants done. */
  private void step(Function<HistoryKeeper, List<Action>> input) {
    keeper.ifPresent(running -> {
      try {
        input.apply(running).forEach(this::perform);
      } catch (UncheckedIOException e) {
        log.debug("stopped", e);
      }
    });
  }

  private static long nowMillis() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }
}
