package dev.flotilla.engine.process;

import dev.flotilla.engine.ComputeDevices;
import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.SessionEvent;
import dev.flotilla.engine.StageFacts;
import dev.flotilla.engine.metering.ChainFigures;
import java.util.List;

/** What an engine process tells its node. */
public sealed interface EngineReport {

  /**
   * The engine's libraries are loaded. Sent once, before anything else, by an engine that can tell.
   */
  record Found(ComputeDevices devices) implements EngineReport {}

  /** Loading goes on; {@code progress} is 0 to 1. */
  record Loading(float progress) implements EngineReport {}

  /** The stage is loaded and takes sessions. */
  record Ready(StageFacts facts) implements EngineReport {}

  /** A later stage waits for links on a port. */
  record Listening(int port) implements EngineReport {}

  /**
   * A stage after this one is lost. Answered by {@link EngineCommand.Relink} or {@link
   * EngineCommand.NoStage}.
   *
   * @param stage its place in the chain
   * @param reason what was noticed
   * @param attempt how often the chain could not be linked since
   */
  record StageLost(int stage, EngineException reason, int attempt) implements EngineReport {}

  /** The stage can't be loaded; the process ends. */
  record Unusable(EngineException failure) implements EngineReport {}

  /** Something happened to a session. */
  record Happened(long session, SessionEvent event) implements EngineReport {}

  /** A session can't go on; the last that is heard of it. */
  record SessionFailed(long session, EngineException failure) implements EngineReport {}

  /** Answer to {@link EngineCommand.Tokenize}. */
  record Tokenized(long call, int[] tokens) implements EngineReport {}

  /** Answer to {@link EngineCommand.Detokenize}. */
  record Detokenized(long call, String text) implements EngineReport {}

  /** Answer to {@link EngineCommand.Embed}: one vector per prompt, and the tokens read for all. */
  record Embedded(long call, List<float[]> vectors, int promptTokens) implements EngineReport {
    public Embedded {
      vectors = List.copyOf(vectors);
    }
  }

  /** A call can't be answered. */
  record CallFailed(long call, EngineException failure) implements EngineReport {}

  /**
   * Sent every few seconds, and in answer to {@link EngineCommand.Probe}: a sign of life, and the
   * memory of the process.
   */
  record Health(long residentBytes) implements EngineReport {}

  /**
   * Sent with {@link Health} once the stage is ready: what it and all stages after it have done.
   */
  record Figures(ChainFigures figures) implements EngineReport {}
}
