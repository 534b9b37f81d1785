package dev.flotilla.node.worker;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.EngineOptions.Backend;
import dev.flotilla.engine.llama.LlamaLibrary;
import dev.flotilla.engine.llama.NativeLibraries;
import dev.flotilla.engine.process.EngineChannel;
import dev.flotilla.engine.process.EngineCommand.Load;
import dev.flotilla.engine.process.EngineCommand.Prepare;
import dev.flotilla.engine.process.EngineReport.Found;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What this process has done before it knew its stage: most of what a start takes. */
final class Preparation {
  private static final Logger log = LoggerFactory.getLogger(Preparation.class);

  private final EngineChannel node;
  private final Optional<Loaded> loaded;

  private record Loaded(Backend backend, LlamaLibrary library) {}

  private Preparation(EngineChannel node, Optional<Loaded> loaded) {
    this.node = node;
    this.loaded = loaded;
  }

  /**
   * Nothing has been done.
   *
   * @param node is told what there is to compute with, once that is known
   */
  static Preparation none(EngineChannel node) {
    return new Preparation(node, Optional.empty());
  }

  /** Does it. What fails will fail once more when it is needed, and is told of then. */
  static Preparation of(Prepare prepare, EngineChannel node) {
    try {
      LlamaLibrary library = load(prepare.backend(), prepare.cacheFolder(), node);
      prepare.identity().map(SwarmLinks::new).ifPresent(Preparation::rehearse);
      return new Preparation(node, Optional.of(new Loaded(prepare.backend(), library)));
    } catch (EngineException e) {
      log.debug("not prepared", e);
      return none(node);
    }
  }

  private static void rehearse(SwarmLinks links) {
    long beganNanos = System.nanoTime();
    try {
      Rehearsal.hold(links);
      log.debug("rehearsed in {} ms", (System.nanoTime() - beganNanos) / 1_000_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException e) {
      log.debug("the rehearsal failed", e);
    }
  }

  /**
   * The libraries of a stage.
   *
   * @throws EngineException if they can't be loaded
   */
  LlamaLibrary library(Load load) {
    Backend backend = load.options().backend();
    if (loaded.isEmpty()) {
      return load(backend, load.cacheFolder(), node);
    }
    if (loaded.get().backend() != backend) {
      throw new EngineException(
          EngineFailure.INTERNAL,
          "prepared for backend %s, asked for %s".formatted(loaded.get().backend(), backend));
    }
    return loaded.get().library();
  }

  private static LlamaLibrary load(Backend backend, String cacheFolder, EngineChannel node) {
    LlamaLibrary library = LlamaLibrary.load(NativeLibraries.of(backend), Path.of(cacheFolder));
    try {
      node.write(new Found(library.devices()));
    } catch (IOException e) {
      throw new EngineException(EngineFailure.ENGINE_LOST, "the node is gone: " + e);
    }
    return library;
  }
}
