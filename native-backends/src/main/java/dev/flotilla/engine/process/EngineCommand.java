package dev.flotilla.engine.process;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.EngineOptions.Backend;
import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.SessionRequest;
import java.util.List;
import java.util.Optional;

/** What a node tells its engine process. Sessions and calls are numbered by the node. */
public sealed interface EngineCommand {

  /**
   * Get ready for a {@link Load} that may come much later; before it, or never. Nothing is
   * answered.
   *
   * @param backend of the native libraries that it will want
   * @param cacheFolder where they are unpacked
   * @param identity to rehearse links with; empty if there will be none, or no time for that
   */
  record Prepare(Backend backend, String cacheFolder, Optional<StageRole.LinkIdentity> identity)
      implements EngineCommand {}

  /**
   * Load a stage: the first command but for {@link Prepare}, and the only one of its kind.
   *
   * @param options how
   * @param cacheFolder where native libraries are unpacked
   * @param role what becomes of it
   */
  record Load(EngineOptions options, String cacheFolder, StageRole role) implements EngineCommand {}

  /**
   * Open a session.
   *
   * @param credit events it may emit before more are granted
   */
  record Open(long session, SessionRequest request, int credit) implements EngineCommand {}

  /** Allow a session more events. */
  record Grant(long session, int events) implements EngineCommand {}

  /** End a session; nothing more is heard of it. */
  record Cancel(long session) implements EngineCommand {}

  /** Answered by {@link EngineReport.Tokenized}. */
  record Tokenize(long call, String text, boolean addSpecial, boolean parseSpecial)
      implements EngineCommand {}

  /** Answered by {@link EngineReport.Detokenized}. */
  record Detokenize(long call, int[] tokens) implements EngineCommand {}

  /** Answered by {@link EngineReport.Embedded}. */
  record Embed(long call, List<Prompt> prompts) implements EngineCommand {
    public Embed {
      prompts = List.copyOf(prompts);
    }
  }

  /**
   * Where all stages after the first are now: once after {@link Load}, and in answer to {@link
   * EngineReport.StageLost}.
   */
  record Relink(List<StageRole.StagePeer> onward) implements EngineCommand {
    public Relink {
      onward = List.copyOf(onward);
    }
  }

  /** Instead of {@link Relink}: some stage is nowhere for now. */
  record NoStage(EngineException reason) implements EngineCommand {}

  /** Show this on links from now on, and close those to nodes that are not believed any more. */
  record RenewLinks(StageRole.LinkIdentity identity) implements EngineCommand {}

  /** Answered at once by {@link EngineReport.Health}, by a process that is not stuck. */
  record Probe() implements EngineCommand {}

  /** Stop now; the process ends. */
  record Stop() implements EngineCommand {}
}
