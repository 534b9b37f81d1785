package dev.flotilla.engine.process;

import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.engine.metering.StageFigures;
import dev.flotilla.engine.metering.StageWork;
import dev.flotilla.engine.wire.FrameReader;
import dev.flotilla.engine.wire.FrameWriter;
import dev.flotilla.gguf.LayerRange;

/** What a chain has done, as fields of a frame. */
final class MeteringFields {
  private MeteringFields() {}

  static void putChain(ChainFigures figures, FrameWriter out) {
    out.putList(figures.stages(), stage -> putStage(stage, out));
    out.putInt(figures.recoveries());
    out.putDouble(figures.pauseSeconds());
    out.putDouble(figures.lastPauseSeconds());
    out.putLong(figures.draftedTokens());
    out.putLong(figures.acceptedTokens());
  }

  static ChainFigures getChain(FrameReader in) {
    return new ChainFigures(
        in.getList(() -> getStage(in)),
        in.getInt(),
        in.getDouble(),
        in.getDouble(),
        in.getLong(),
        in.getLong());
  }

  private static void putStage(StageFigures stage, FrameWriter out) {
    out.putInt(stage.layers().from());
    out.putInt(stage.layers().to());
    putWork(stage.prompts(), out);
    putWork(stage.generation(), out);
    putWork(stage.recentPrompts(), out);
    putWork(stage.recentGeneration(), out);
    out.putDouble(stage.sentBytes());
    out.putDouble(stage.roundTripSeconds());
  }

  private static StageFigures getStage(FrameReader in) {
    return new StageFigures(
        new LayerRange(in.getInt(), in.getInt()),
        getWork(in),
        getWork(in),
        getWork(in),
        getWork(in),
        in.getDouble(),
        in.getDouble());
  }

  private static void putWork(StageWork work, FrameWriter out) {
    out.putDouble(work.batches());
    out.putDouble(work.rows());
    out.putDouble(work.computeSeconds());
    out.putDouble(work.waitSeconds());
    out.putDouble(work.networkSeconds());
  }

  private static StageWork getWork(FrameReader in) {
    return new StageWork(
        in.getDouble(), in.getDouble(), in.getDouble(), in.getDouble(), in.getDouble());
  }
}
