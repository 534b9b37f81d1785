package dev.flotilla.sharding.chain;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.StageFacts;
import dev.flotilla.sharding.link.LinkFrame.Hello;
import dev.flotilla.sharding.link.LinkFrame.Purpose;
import java.util.Optional;

/** Whether a stage can be what a {@link Hello} takes it for. Pure. */
final class HelloCheck {
  private HelloCheck() {}

  /** Why a stage can't join the chain that speaks to it, if so. */
  static Optional<EngineException> refusal(Hello hello, ChainShape shape, StageFacts facts) {
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
}
