package dev.flotilla.sharding.chain;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.StageFacts;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.sharding.link.Link;
import dev.flotilla.sharding.link.LinkFrame;
import dev.flotilla.sharding.link.LinkFrame.Goodbye;
import dev.flotilla.sharding.link.LinkFrame.Hello;
import dev.flotilla.sharding.link.LinkFrame.Purpose;
import dev.flotilla.sharding.link.LinkFrame.StageState;
import dev.flotilla.sharding.link.LinkLimits;
import dev.flotilla.sharding.link.LinkTransport;
import dev.flotilla.sharding.link.StageAddress;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The links of a first stage: to the second one for operations, from the last one for answers; from
 * when they are set up until one of them, or one further on, is lost.
 */
final class ChainLinks {
  private final Link operations;
  private final Link answers;
  private final List<StageState> stages;
  private StageProvider.@Nullable Loss loss;

  /** Hears from the links, on their threads. */
  interface Listener {
    /**
     * The last stage has answered an operation.
     *
     * @param arrivedNanos when, as {@link System#nanoTime}
     */
    void answered(ChainLinks links, LinkFrame answer, long arrivedNanos);

    void lost(ChainLinks links, int stage, EngineException reason);
  }

  private ChainLinks(Link operations, Link answers, List<StageState> stages) {
    this.operations = operations;
    this.answers = answers;
    this.stages = stages;
  }

  /**
   * Links a chain. Blocks until all stages are ready.
   *
   * @param first the stage that speaks
   * @param onward all stages after it, in order
   * @throws Greeting.RefusedException if a stage does not want to, or they are no chain
   */
  static ChainLinks connect(
      LinkTransport transport,
      ChainShape shape,
      StageFacts first,
      List<StageAddress> onward,
      Listener listener)
      throws IOException {
    long chain = ThreadLocalRandom.current().nextLong();
    Hello hello =
        hello(shape, first, chain, Purpose.OPERATIONS, 1, onward.subList(1, onward.size()));
    Greeting second =
        Greeting.greet(transport, onward.getFirst(), hello, Limits.of(shape, first, hello));
    try {
      requireChain(first, second.stages(), onward.size());
      Hello back = hello(shape, first, chain, Purpose.ANSWERS, onward.size(), List.of());
      Link answers = answers(transport, onward.getLast(), back, Limits.of(shape, first, back));
      ChainLinks links = new ChainLinks(second.link(), answers, second.stages());
      links.start(listener, onward.size());
      return links;
    } catch (IOException e) {
      second.link().close();
      throw e;
    }
  }

  private static Link answers(
      LinkTransport transport, StageAddress last, Hello hello, LinkLimits limits)
      throws IOException {
    try {
      return Greeting.greet(transport, last, hello, limits).link();
    } catch (Greeting.RefusedException e) {
      throw e;
    } catch (IOException e) {
      throw new Greeting.RefusedException(
          hello.stage(), new EngineException(EngineFailure.ENGINE_LOST, e.toString()));
    }
  }

  private static Hello hello(
      ChainShape shape,
      StageFacts first,
      long chain,
      Purpose purpose,
      int stage,
      List<StageAddress> onward) {
    return new Hello(
        shape.build(),
        shape.model(),
        chain,
        purpose,
        stage,
        first.layers().to(),
        first.embeddingWidth(),
        shape.activations(),
        onward);
  }

  private static void requireChain(StageFacts first, List<StageState> stages, int count)
      throws IOException {
    LayerRange before = first.layers();
    for (StageState stage : stages) {
      if (stage.layers().from() != before.to()
          || stage.modelLayers() != first.modelLayers()
          || stage.lengths().length != first.slots()) {
        throw refused(
            "layers %s of %d with %d slots can't follow layers %s of %d with %d"
                .formatted(
                    stage.layers(),
                    stage.modelLayers(),
                    stage.lengths().length,
                    before,
                    first.modelLayers(),
                    first.slots()));
      }
      before = stage.layers();
    }
    if (before.to() != first.modelLayers() || stages.size() != count) {
      throw refused("the stages end with layers %s".formatted(before));
    }
  }

  private static IOException refused(String message) {
    return new Greeting.RefusedException(
        1, new EngineException(EngineFailure.MODEL_UNUSABLE, message));
  }

  private void start(Listener listener, int last) throws IOException {
    operations.start(
        new LinkListener(
            frame -> {
              throw new IllegalStateException("unexpected " + frame);
            },
            listener,
            1));
    answers.start(
        new LinkListener(
            frame -> listener.answered(this, frame, System.nanoTime()), listener, last));
  }

  /** The stages after the first, as they joined. */
  List<StageState> stages() {
    return stages;
  }

  /** The round trip to the second stage, of late. */
  long onwardNanos() {
    return operations.roundTripNanos();
  }

  /** The round trip to the last stage, of late. */
  long answerNanos() {
    return answers.roundTripNanos();
  }

  /** Sends an operation. Blocks while the second stage does not read. */
  void send(LinkFrame operation) throws IOException {
    operations.send(operation);
  }

  /** Takes note of a loss, on the compute thread, before the links are taken into use. */
  void lost(StageProvider.Loss noticed) {
    loss = noticed;
  }

  /** The loss that was noticed so, if any. */
  StageProvider.@Nullable Loss loss() {
    return loss;
  }

  void close() {
    operations.close();
    answers.close();
  }

  /** Tells why a link ended, and which stage is to blame. */
  private final class LinkListener implements Link.Listener {
    private final Consumer<LinkFrame> answers;
    private final Listener listener;
    private final int stage;

    LinkListener(Consumer<LinkFrame> answers, Listener listener, int stage) {
      this.answers = answers;
      this.listener = listener;
      this.stage = stage;
    }

    @Override
    public void received(LinkFrame frame) {
      if (frame instanceof Goodbye(int blamed, EngineException reason)) {
        listener.lost(ChainLinks.this, blamed, reason);
      } else {
        answers.accept(frame);
      }
    }

    @Override
    public void ended(String reason) {
      listener.lost(
          ChainLinks.this,
          stage,
          new EngineException(EngineFailure.ENGINE_LOST, "stage %d: %s".formatted(stage, reason)));
    }
  }
}
