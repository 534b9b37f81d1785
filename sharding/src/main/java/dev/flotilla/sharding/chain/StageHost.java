package dev.flotilla.sharding.chain;

import dev.flotilla.engine.Batch;
import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.Stage;
import dev.flotilla.engine.StageChain.RowChoice;
import dev.flotilla.engine.StageFacts;
import dev.flotilla.engine.StageOperations;
import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.engine.metering.ChainMeter;
import dev.flotilla.engine.metering.StageSpan;
import dev.flotilla.sharding.link.Link;
import dev.flotilla.sharding.link.LinkFrame;
import dev.flotilla.sharding.link.LinkFrame.Close;
import dev.flotilla.sharding.link.LinkFrame.Computed;
import dev.flotilla.sharding.link.LinkFrame.Failed;
import dev.flotilla.sharding.link.LinkFrame.Goodbye;
import dev.flotilla.sharding.link.LinkFrame.Heartbeat;
import dev.flotilla.sharding.link.LinkFrame.Hello;
import dev.flotilla.sharding.link.LinkFrame.Open;
import dev.flotilla.sharding.link.LinkFrame.Opened;
import dev.flotilla.sharding.link.LinkFrame.Purpose;
import dev.flotilla.sharding.link.LinkFrame.Rewind;
import dev.flotilla.sharding.link.LinkFrame.Run;
import dev.flotilla.sharding.link.LinkFrame.Shift;
import dev.flotilla.sharding.link.LinkFrame.StageState;
import dev.flotilla.sharding.link.LinkFrame.Welcome;
import dev.flotilla.sharding.link.LinkTransport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves a stage that isn't the first: takes operations from the stage before it, passes them on to
 * the one after it, and, being the last, answers the first. It serves one chain at a time; a new
 * one takes it over, and finds the slots as the old one left them.
 *
 * <p>Owns the stage. All that touches it happens on one compute thread.
 */
public final class StageHost implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StageHost.class);

  /** Operations that may wait; with one more, the stage before this one is kept from sending. */
  private static final int MAX_WAITING = 64;

  private final Stage stage;
  private final StageFacts facts;
  private final StageOperations operations;
  private final ChainShape shape;
  private final ChainMeter meter;
  private final LinkTransport transport;
  private final ServerSocket server;
  private final BlockingQueue<Work> waiting = new ArrayBlockingQueue<>(MAX_WAITING);
  private final Thread computing;
  private volatile @Nullable Member current;
  private volatile boolean closing;

  /** Something to do on the compute thread. */
  private interface Work {
    void run() throws IOException;
  }

  private StageHost(Stage stage, ChainShape shape, LinkTransport transport, ServerSocket server) {
    this.stage = stage;
    this.facts = stage.facts();
    this.operations = new StageOperations(stage);
    this.shape = shape;
    this.meter =
        new ChainMeter(List.of(facts.layers()), facts.modelLayers(), shape.rowBytes(facts));
    this.transport = transport;
    this.server = server;
    this.computing = Thread.ofPlatform().name("stage-compute").start(this::compute);
    Thread.ofPlatform().name("stage-accept").daemon().start(this::accept);
  }

  /**
   * Starts to serve a stage.
   *
   * @param address where to listen
   * @param port 0 for any free one
   * @throws EngineException if it is the first stage
   */
  public static StageHost start(
      Stage stage, ChainShape shape, LinkTransport transport, InetAddress address, int port)
      throws IOException {
    if (stage.facts().first()) {
      throw new EngineException(
          EngineFailure.UNSUPPORTED, "the first stage takes tokens, not links");
    }
    return new StageHost(stage, shape, transport, new ServerSocket(port, 16, address));
  }

  /** The port that it listens on. */
  public int port() {
    return server.getLocalPort();
  }

  /** What the stage has done, and what that took; any thread. */
  public ChainFigures figures() {
    return meter.figures();
  }

  private void accept() {
    while (!closing) {
      try {
        Socket socket = server.accept();
        Thread.ofVirtual().name("stage-greet").start(() -> greet(socket));
      } catch (IOException e) {
        if (!closing) {
          log.warn("can't accept a link: {}", e.toString());
        }
      }
    }
  }

  private void greet(Socket socket) {
    String name = "from-" + socket.getRemoteSocketAddress();
    try {
      Link link = Link.accept(transport, socket, name);
      if (!(link.read() instanceof Hello hello)) {
        throw new IOException("the first frame must be Hello");
      }
      Optional<EngineException> refusal = refusal(hello);
      if (refusal.isPresent()) {
        link.close(new Goodbye(hello.stage(), refusal.get()));
        return;
      }
      switch (hello.purpose()) {
        case OPERATIONS -> join(hello, link);
        case ANSWERS -> answer(hello, link);
      }
    } catch (IOException | RuntimeException e) {
      log.warn("link {} is refused: {}", name, e.toString());
    }
  }

  private Optional<EngineException> refusal(Hello hello) {
    if (!hello.build().equals(shape.build())) {
      return refused("%s can't work with %s".formatted(hello.build(), shape.build()));
    }
    if (!hello.model().equals(shape.model())) {
      return refused("the stage is another pipeline's");
    }
    if (hello.width() != facts.embeddingWidth()) {
      return refused(
          "width %d is asked for, this has %d".formatted(hello.width(), facts.embeddingWidth()));
    }
    boolean answers = hello.purpose() == Purpose.ANSWERS;
    if (!answers && hello.layer() != facts.layers().from()) {
      return refused(
          "a stage from layer %d is asked for, this has %s"
              .formatted(hello.layer(), facts.layers()));
    }
    if (answers ? !facts.last() : facts.last() != hello.onward().isEmpty()) {
      return refused(
          "layers %s of %d don't end the chain where it ends"
              .formatted(facts.layers(), facts.modelLayers()));
    }
    return Optional.empty();
  }

  private static Optional<EngineException> refused(String message) {
    return Optional.of(new EngineException(EngineFailure.UNSUPPORTED, message));
  }

  private void join(Hello hello, Link link) throws IOException {
    Member member = new Member(hello, link);
    Member before = current;
    current = member;
    if (before != null) {
      before.leave(new EngineException(EngineFailure.ENGINE_LOST, "another chain took the stage"));
      stage.abort();
    }
    if (closing) {
      member.leave(stopped());
    }
    enqueue(member::begin);
  }

  private static EngineException stopped() {
    return new EngineException(EngineFailure.DRAINING, "the stage is stopped");
  }

  private void answer(Hello hello, Link link) throws IOException {
    Member member = current;
    if (member == null || member.hello.chain() != hello.chain()) {
      throw new IOException("no chain " + hello.chain());
    }
    member.answers = link;
    link.send(new Welcome(List.of()));
    link.start(
        new Link.Listener() {
          @Override
          public void received(LinkFrame frame) throws IOException {
            throw new IOException("unexpected " + frame);
          }

          @Override
          public void ended(String reason) {
            member.leave(new EngineException(EngineFailure.ENGINE_LOST, "the head: " + reason));
          }
        });
  }

  private void enqueue(Work work) throws IOException {
    try {
      waiting.put(work);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private void compute() {
    try {
      while (!closing) {
        waiting.take().run();
      }
    } catch (InterruptedException e) {
      log.debug("compute thread interrupted");
    } catch (IOException e) {
      throw new IllegalStateException("members handle their own failures", e);
    } finally {
      closing = true;
      Member member = current;
      if (member != null) {
        member.leave(stopped());
      }
      operations.closeAll();
      stage.close();
    }
  }

  /** Stops serving and frees the stage. Blocks until a step in progress is over. */
  @Override
  public void close() {
    closing = true;
    Member member = current;
    if (member != null) {
      member.leave(stopped());
    }
    try {
      server.close();
    } catch (IOException e) {
      log.debug("the server socket was closed already", e);
    }
    computing.interrupt();
    try {
      computing.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The stage as a member of one chain, until a link of it is lost. */
  private final class Member implements Link.Listener {
    private final Hello hello;
    private final Link upstream;
    private volatile @Nullable Link downstream;
    private volatile @Nullable Link answers;
    private volatile boolean left;

    Member(Hello hello, Link upstream) {
      this.hello = hello;
      this.upstream = upstream;
      upstream.agree(Limits.of(shape, facts, hello));
    }

    /** On the compute thread: what the chain before began is over. */
    private void begin() {
      if (left) {
        return;
      }
      try {
        List<StageState> states = new ArrayList<>();
        states.add(
            new StageState(
                facts.layers(),
                facts.modelLayers(),
                facts.contextTokens(),
                stage.canShift(),
                operations.lengths()));
        if (!facts.last()) {
          states.addAll(goOn());
        }
        upstream.send(new Welcome(states));
        upstream.start(this);
      } catch (Greeting.RefusedException e) {
        leave(e.stage(), e.reason());
      } catch (IOException e) {
        leave(lost("no link: " + e));
      }
    }

    private List<StageState> goOn() throws IOException {
      Hello next =
          new Hello(
              shape.build(),
              hello.model(),
              hello.chain(),
              Purpose.OPERATIONS,
              hello.stage() + 1,
              facts.layers().to(),
              hello.width(),
              hello.activations(),
              hello.onward().subList(1, hello.onward().size()));
      Greeting greeting;
      try {
        greeting =
            Greeting.greet(
                transport, hello.onward().getFirst(), next, Limits.of(shape, facts, hello));
      } catch (Greeting.RefusedException e) {
        throw e;
      } catch (IOException e) {
        throw new Greeting.RefusedException(
            next.stage(), lost("stage %d can't be reached: %s".formatted(next.stage(), e)));
      }
      downstream = greeting.link();
      greeting.link().start(new Downstream());
      return greeting.stages();
    }

    @Override
    public void received(LinkFrame frame) throws IOException {
      if (frame instanceof Goodbye(int blamed, EngineException reason)) {
        leave(blamed, reason);
      } else {
        long arrivedNanos = System.nanoTime();
        enqueue(() -> handle(frame, arrivedNanos));
      }
    }

    @Override
    public void ended(String reason) {
      int before = hello.stage() - 1;
      leave(before, lost("stage %d: %s".formatted(before, reason)));
    }

    /** On the compute thread. */
    private void handle(LinkFrame frame, long arrivedNanos) {
      if (left) {
        return;
      }
      try {
        perform(frame, arrivedNanos);
      } catch (EngineException e) {
        leave(e);
      } catch (IOException e) {
        leave(lost(e.toString()));
      }
    }

    private void perform(LinkFrame frame, long arrivedNanos) throws IOException {
      switch (frame) {
        case Open open -> open(open);
        case Run run -> run(run, arrivedNanos);
        case Rewind(int slot, int length, int emptyThrough) -> {
          int keep = hello.stage() <= emptyThrough ? 0 : length;
          if (!operations.truncate(slot, keep)) {
            throw lost("slot %d can't be cut to %d".formatted(slot, keep));
          }
          passOn(frame);
        }
        case Shift(int slot, int from, int to) -> {
          operations.shift(slot, from, to);
          passOn(frame);
        }
        case Close(int slot) -> {
          operations.close(slot);
          passOn(frame);
        }
        case Opened _, Failed _ -> passOn(frame);
        case Hello _, Welcome _, Computed _, Heartbeat _, Goodbye _ ->
            throw new EngineException(EngineFailure.INTERNAL, "unexpected frame " + frame);
      }
    }

    private void open(Open open) throws IOException {
      try {
        int kept = operations.open(open.slot(), open.keep(), open.opening()) ? open.keep() : 0;
        passOn(
            facts.last()
                ? new Opened(open.slot(), kept, Optional.empty())
                : new Open(open.slot(), kept, open.opening()));
      } catch (EngineException e) {
        passOn(new Opened(open.slot(), 0, Optional.of(e)));
      }
    }

    private void run(Run run, long arrivedNanos) throws IOException {
      Batch batch = run.batch();
      long beganNanos = System.nanoTime();
      boolean computed;
      try {
        computed = operations.run(batch);
      } catch (EngineException e) {
        if (run.replay()) {
          throw e;
        }
        passOn(new Failed(e));
        return;
      }
      if (!computed) {
        return; // Aborted: another chain takes over.
      }
      List<RowChoice> choices = facts.last() ? operations.choose(batch) : List.of();
      Run done = run.after(span(run, arrivedNanos, beganNanos));
      if (!facts.last()) {
        if (hello.stage() < run.through()) {
          passOn(done);
        }
      } else if (!run.replay()) {
        passOn(new Computed(choices, done.spans()));
      }
    }

    private StageSpan span(Run run, long arrivedNanos, long beganNanos) {
      long waitNanos = beganNanos - arrivedNanos;
      long computeNanos = System.nanoTime() - beganNanos;
      Link next = downstream;
      StageSpan span =
          new StageSpan(waitNanos, computeNanos, next == null ? 0 : next.roundTripNanos());
      if (!run.replay()) {
        Batch batch = run.batch();
        meter.computed(batch.size(), batch.generates(), waitNanos + computeNanos, List.of(span));
      }
      return span;
    }

    /** To the next stage, or from the last to the first. */
    private void passOn(LinkFrame frame) throws IOException {
      Link next = facts.last() ? answers : downstream;
      boolean answer = frame instanceof Opened || frame instanceof Failed;
      if (facts.last() && !answer && !(frame instanceof Computed)) {
        return;
      }
      if (next == null) {
        throw new IOException("operations before the link for answers");
      }
      next.send(frame);
    }

    private void leave(EngineException reason) {
      leave(hello.stage(), reason);
    }

    private void leave(int blamed, EngineException reason) {
      if (left) {
        return;
      }
      left = true;
      log.debug("stage {} leaves its chain: {}", hello.stage(), reason.getMessage());
      Goodbye goodbye = new Goodbye(blamed, reason);
      upstream.close(goodbye);
      Link next = downstream;
      if (next != null) {
        next.close(goodbye);
      }
      Link back = answers;
      if (back != null) {
        back.close(goodbye);
      }
    }

    private static EngineException lost(String message) {
      return new EngineException(EngineFailure.ENGINE_LOST, message);
    }

    /** The next stage says nothing, unless it leaves. */
    private final class Downstream implements Link.Listener {
      @Override
      public void received(LinkFrame frame) throws IOException {
        if (frame instanceof Goodbye(int blamed, EngineException reason)) {
          leave(blamed, reason);
        } else {
          throw new IOException("unexpected " + frame);
        }
      }

      @Override
      public void ended(String reason) {
        leave(hello.stage() + 1, lost("stage %d: %s".formatted(hello.stage() + 1, reason)));
      }
    }
  }
}
