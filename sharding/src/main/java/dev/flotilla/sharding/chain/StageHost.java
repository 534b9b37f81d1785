package dev.flotilla.sharding.chain;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.Stage;
import dev.flotilla.engine.StageFacts;
import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.sharding.link.Link;
import dev.flotilla.sharding.link.LinkFrame.Goodbye;
import dev.flotilla.sharding.link.LinkFrame.Hello;
import dev.flotilla.sharding.link.LinkTransport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
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
  private final ChainShape shape;
  private final LinkTransport transport;
  private final ServedStage served;
  private final ServerSocket server;
  private final BlockingQueue<StageMember.Work> waiting = new ArrayBlockingQueue<>(MAX_WAITING);
  private final Thread computing;
  private volatile @Nullable StageMember current;
  private volatile boolean closing;

  private StageHost(Stage stage, ChainShape shape, LinkTransport transport, ServerSocket server) {
    this.stage = stage;
    this.facts = stage.facts();
    this.shape = shape;
    this.transport = transport;
    this.served = new ServedStage(stage, shape);
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
    return served.figures();
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
      Optional<EngineException> refusal = HelloCheck.refusal(hello, shape, facts);
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

  private void join(Hello hello, Link link) throws IOException {
    StageMember member = new StageMember(hello, link, served, transport, this::enqueue);
    StageMember before = current;
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
    StageMember member = current;
    if (member == null || !member.answersOver(hello, link)) {
      throw new IOException("no chain " + hello.chain());
    }
  }

  private void enqueue(StageMember.Work work) throws IOException {
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
      StageMember member = current;
      if (member != null) {
        member.leave(stopped());
      }
      served.close();
    }
  }

  /** Stops serving and frees the stage. Blocks until a step in progress is over. */
  @Override
  public void close() {
    closing = true;
    StageMember member = current;
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
}
