package dev.flotilla.engine.process;

import dev.flotilla.engine.ComputeDevices;
import dev.flotilla.engine.ComputeDevices.Gpu;
import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.FinishReason;
import dev.flotilla.engine.SessionEvent;
import dev.flotilla.engine.SessionEvent.Admitted;
import dev.flotilla.engine.SessionEvent.Finished;
import dev.flotilla.engine.SessionEvent.Generated;
import dev.flotilla.engine.SessionUsage;
import dev.flotilla.engine.StageFacts;
import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.engine.process.EngineReport.CallFailed;
import dev.flotilla.engine.process.EngineReport.Detokenized;
import dev.flotilla.engine.process.EngineReport.Embedded;
import dev.flotilla.engine.process.EngineReport.Figures;
import dev.flotilla.engine.process.EngineReport.Found;
import dev.flotilla.engine.process.EngineReport.Happened;
import dev.flotilla.engine.process.EngineReport.Health;
import dev.flotilla.engine.process.EngineReport.Listening;
import dev.flotilla.engine.process.EngineReport.Loading;
import dev.flotilla.engine.process.EngineReport.Ready;
import dev.flotilla.engine.process.EngineReport.SessionFailed;
import dev.flotilla.engine.process.EngineReport.StageLost;
import dev.flotilla.engine.process.EngineReport.Tokenized;
import dev.flotilla.engine.process.EngineReport.Unusable;
import dev.flotilla.engine.wire.EngineFields;
import dev.flotilla.engine.wire.FrameReader;
import dev.flotilla.engine.wire.FrameWriter;
import dev.flotilla.engine.wire.ProtocolException;
import dev.flotilla.gguf.LayerRange;

/** {@link EngineReport}s as frames. */
final class ReportCodec {
  private static final int LOADING = 1;
  private static final int READY = 2;
  private static final int UNUSABLE = 3;
  private static final int ADMITTED = 4;
  private static final int GENERATED = 5;
  private static final int FINISHED = 6;
  private static final int SESSION_FAILED = 7;
  private static final int TOKENIZED = 8;
  private static final int DETOKENIZED = 9;
  private static final int EMBEDDED = 10;
  private static final int CALL_FAILED = 11;
  private static final int HEALTH = 12;
  private static final int LISTENING = 13;
  private static final int STAGE_LOST = 14;
  private static final int FIGURES = 15;
  private static final int FOUND = 16;

  private ReportCodec() {}

  static void write(EngineReport report, FrameWriter out) {
    switch (report) {
      case Found(ComputeDevices devices) -> {
        out.begin(FOUND);
        putDevices(devices, out);
      }
      case Loading(float progress) -> {
        out.begin(LOADING);
        out.putFloat(progress);
      }
      case Ready(StageFacts facts) -> {
        out.begin(READY);
        putFacts(facts, out);
      }
      case Listening(int port) -> {
        out.begin(LISTENING);
        out.putInt(port);
      }
      case StageLost(int stage, EngineException reason, int attempt) -> {
        out.begin(STAGE_LOST);
        out.putInt(stage);
        EngineFields.putFailure(reason, out);
        out.putInt(attempt);
      }
      case Unusable(EngineException failure) -> {
        out.begin(UNUSABLE);
        EngineFields.putFailure(failure, out);
      }
      case Happened(long session, SessionEvent event) -> putEvent(session, event, out);
      case SessionFailed(long session, EngineException failure) -> {
        out.begin(SESSION_FAILED);
        out.putLong(session);
        EngineFields.putFailure(failure, out);
      }
      case Tokenized(long call, int[] tokens) -> {
        out.begin(TOKENIZED);
        out.putLong(call);
        out.putInts(tokens);
      }
      case Detokenized(long call, String text) -> {
        out.begin(DETOKENIZED);
        out.putLong(call);
        out.putString(text);
      }
      case Embedded embedded -> {
        out.begin(EMBEDDED);
        out.putLong(embedded.call());
        out.putList(embedded.vectors(), out::putFloats);
        out.putInt(embedded.promptTokens());
      }
      case CallFailed(long call, EngineException failure) -> {
        out.begin(CALL_FAILED);
        out.putLong(call);
        EngineFields.putFailure(failure, out);
      }
      case Health(long residentBytes) -> {
        out.begin(HEALTH);
        out.putLong(residentBytes);
      }
      case Figures(ChainFigures figures) -> {
        out.begin(FIGURES);
        MeteringFields.putChain(figures, out);
      }
    }
    out.end();
  }

  static EngineReport read(FrameReader in) throws ProtocolException {
    return in.decode(() ->
        switch (in.getByte()) {
          case FOUND -> new Found(getDevices(in));
          case LOADING -> new Loading(in.getFloat());
          case READY -> new Ready(getFacts(in));
          case UNUSABLE -> new Unusable(EngineFields.getFailure(in));
          case ADMITTED -> new Happened(in.getLong(), new Admitted(in.getInt(), in.getInt()));
          case GENERATED ->
              new Happened(
                  in.getLong(),
                  new Generated(
                      in.getString(), in.getInts(), in.getList(() -> EngineFields.getLogprob(in))));
          case FINISHED ->
              new Happened(
                  in.getLong(), new Finished(in.getEnum(FinishReason.class), getUsage(in)));
          case SESSION_FAILED -> new SessionFailed(in.getLong(), EngineFields.getFailure(in));
          case TOKENIZED -> new Tokenized(in.getLong(), in.getInts());
          case DETOKENIZED -> new Detokenized(in.getLong(), in.getString());
          case EMBEDDED -> new Embedded(in.getLong(), in.getList(in::getFloats), in.getInt());
          case CALL_FAILED -> new CallFailed(in.getLong(), EngineFields.getFailure(in));
          case HEALTH -> new Health(in.getLong());
          case FIGURES -> new Figures(MeteringFields.getChain(in));
          case LISTENING -> new Listening(in.getInt());
          case STAGE_LOST -> new StageLost(in.getInt(), EngineFields.getFailure(in), in.getInt());
          default -> throw new IllegalArgumentException("unknown report");
        });
  }

  private static void putDevices(ComputeDevices devices, FrameWriter out) {
    out.putString(devices.cpu());
    out.putList(devices.cpuFeatures(), out::putString);
    out.putList(
        devices.gpus(),
        gpu -> {
          out.putString(gpu.name());
          out.putString(gpu.description());
          out.putLong(gpu.totalBytes());
        });
  }

  private static ComputeDevices getDevices(FrameReader in) {
    return new ComputeDevices(
        in.getString(),
        in.getList(in::getString),
        in.getList(() -> new Gpu(in.getString(), in.getString(), in.getLong())));
  }

  private static void putEvent(long session, SessionEvent event, FrameWriter out) {
    switch (event) {
      case Admitted(int promptTokens, int cachedTokens) -> {
        out.begin(ADMITTED);
        out.putLong(session);
        out.putInt(promptTokens);
        out.putInt(cachedTokens);
      }
      case Generated generated -> {
        out.begin(GENERATED);
        out.putLong(session);
        out.putString(generated.text());
        out.putInts(generated.tokens());
        out.putList(generated.logprobs(), logprob -> EngineFields.putLogprob(logprob, out));
      }
      case Finished(FinishReason reason, SessionUsage usage) -> {
        out.begin(FINISHED);
        out.putLong(session);
        out.putEnum(reason);
        putUsage(usage, out);
      }
    }
  }

  private static void putUsage(SessionUsage usage, FrameWriter out) {
    out.putInt(usage.promptTokens());
    out.putInt(usage.cachedTokens());
    out.putInt(usage.completionTokens());
    out.putLong(usage.queuedMicros());
    out.putLong(usage.promptMicros());
    out.putLong(usage.generationMicros());
  }

  private static SessionUsage getUsage(FrameReader in) {
    return new SessionUsage(
        in.getInt(), in.getInt(), in.getInt(), in.getLong(), in.getLong(), in.getLong());
  }

  private static void putFacts(StageFacts facts, FrameWriter out) {
    out.putString(facts.architecture());
    out.putInt(facts.layers().from());
    out.putInt(facts.layers().to());
    out.putInt(facts.modelLayers());
    out.putInt(facts.slots());
    out.putInt(facts.contextTokens());
    out.putInt(facts.trainedContext());
    out.putInt(facts.vocabularySize());
    out.putInt(facts.embeddingWidth());
    out.putLong(facts.parameters());
    out.putLong(facts.modelBytes());
    out.putString(facts.device());
    out.putBoolean(facts.generates());
  }

  private static StageFacts getFacts(FrameReader in) {
    return new StageFacts(
        in.getString(),
        new LayerRange(in.getInt(), in.getInt()),
        in.getInt(),
        in.getInt(),
        in.getInt(),
        in.getInt(),
        in.getInt(),
        in.getInt(),
        in.getLong(),
        in.getLong(),
        in.getString(),
        in.getBoolean());
  }
}
