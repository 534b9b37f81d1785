package dev.flotilla.sharding.chain;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.StageFacts;
import dev.flotilla.sharding.link.Link;
import dev.flotilla.sharding.link.LinkFrame;
import dev.flotilla.sharding.link.LinkFrame.Goodbye;
import dev.flotilla.sharding.link.LinkFrame.Hello;
import dev.flotilla.sharding.link.LinkFrame.Purpose;
import dev.flotilla.sharding.link.LinkFrame.StageState;
import dev.flotilla.sharding.link.LinkFrame.Welcome;
import dev.flotilla.sharding.link.LinkTransport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A stage as a member of one chain, until a link of it is lost. */
final class StageMember implements Link.Listener {
  private static final Logger log = LoggerFactory.getLogger(StageMember.class);

  private final Hello hello;
  private final Link upstream;
  private final ServedStage served;
  private final StageFacts facts;
  private final LinkTransport transport;
  private final Compute compute;
  private volatile @Nullable Link downstream;
  private volatile @Nullable Link answers;
  private volatile boolean left;

  /** Something to do on the compute thread. */
  interface Work {
    void run() throws IOException;
  }

  /** The compute thread. */
  interface Compute {
    /** Has something done, after all that was asked for before. Blocks while too much waits. */
    void enqueue(Work work) throws IOException;
  }

  /**
   * A member that has not begun yet.
   *
   * @param hello of the stage before it
   * @param upstream to that stage
   */
  StageMember(
      Hello hello, Link upstream, ServedStage served, LinkTransport transport, Compute compute) {
    this.hello = hello;
    this.upstream = upstream;
    this.served = served;
    this.facts = served.facts();
    this.transport = transport;
    this.compute = compute;
    upstream.agree(Limits.of(served.shape(), facts, hello));
  }

  /** On the compute thread: what the chain before began is over. */
  void begin() {
    if (left) {
      return;
    }
    try {
      List<StageState> states = new ArrayList<>();
      states.add(served.state());
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
            served.shape().build(),
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
              transport, hello.onward().getFirst(), next, Limits.of(served.shape(), facts, hello));
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

  /**
   * Takes a link to answer the head over.
   *
   * @return whether the link is of this chain
   */
  boolean answersOver(Hello answered, Link link) throws IOException {
    if (answered.chain() != hello.chain()) {
      return false;
    }
    answers = link;
    link.send(new Welcome(List.of()));
    link.start(new Head());
    return true;
  }

  @Override
  public void received(LinkFrame frame) throws IOException {
    if (frame instanceof Goodbye(int blamed, EngineException reason)) {
      leave(blamed, reason);
    } else {
      long arrivedNanos = System.nanoTime();
      compute.enqueue(() -> handle(frame, arrivedNanos));
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
      Link next = downstream;
      long onwardNanos = next == null ? 0 : next.roundTripNanos();
      Optional<LinkFrame> passedOn =
          served.perform(
              frame, new ServedStage.Circumstances(hello.stage(), arrivedNanos, onwardNanos));
      if (passedOn.isPresent()) {
        passOn(passedOn.get());
      }
    } catch (EngineException e) {
      leave(e);
    } catch (IOException e) {
      leave(lost(e.toString()));
    }
  }

  /** To the next stage, or from the last to the first. */
  private void passOn(LinkFrame frame) throws IOException {
    Link next = facts.last() ? answers : downstream;
    if (next == null) {
      throw new IOException("operations before the link for answers");
    }
    next.send(frame);
  }

  /** Ends the membership, for a reason of this stage's; any thread. */
  void leave(EngineException reason) {
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

  /** The head says nothing on the link for answers. */
  private final class Head implements Link.Listener {
    @Override
    public void received(LinkFrame frame) throws IOException {
      throw new IOException("unexpected " + frame);
    }

    @Override
    public void ended(String reason) {
      leave(lost("the head: " + reason));
    }
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
