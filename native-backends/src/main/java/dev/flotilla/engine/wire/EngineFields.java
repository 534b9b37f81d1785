package dev.flotilla.engine.wire;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.Mirostat;
import dev.flotilla.engine.SamplingOptions;
import dev.flotilla.engine.TokenLogprob;
import dev.flotilla.engine.TokenLogprob.Candidate;
import dev.flotilla.engine.metering.StageSpan;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Records of the engine as fields of a frame. */
public final class EngineFields {
  private EngineFields() {}

  /** Writes sampling options. */
  public static void putSampling(SamplingOptions sampling, FrameWriter out) {
    out.putFloat(sampling.temperature());
    out.putInt(sampling.topK());
    out.putFloat(sampling.topP());
    out.putFloat(sampling.minP());
    out.putFloat(sampling.typicalP());
    out.putFloat(sampling.repeatPenalty());
    out.putInt(sampling.repeatLastN());
    out.putFloat(sampling.frequencyPenalty());
    out.putFloat(sampling.presencePenalty());
    out.putInt(sampling.logitBias().size());
    sampling
        .logitBias()
        .forEach((token, bias) -> {
          out.putInt(token);
          out.putFloat(bias);
        });
    out.putLong(sampling.seed());
    out.putOptional(
        sampling.mirostat(),
        mirostat -> {
          out.putInt(mirostat.version());
          out.putFloat(mirostat.tau());
          out.putFloat(mirostat.eta());
        });
    out.putOptional(sampling.grammar(), out::putString);
    out.putBoolean(sampling.ignoreEos());
    out.putInt(sampling.logprobs());
  }

  /** Reads sampling options, which validate themselves. */
  public static SamplingOptions getSampling(FrameReader in) {
    return new SamplingOptions(
        in.getFloat(),
        in.getInt(),
        in.getFloat(),
        in.getFloat(),
        in.getFloat(),
        in.getFloat(),
        in.getInt(),
        in.getFloat(),
        in.getFloat(),
        getBiases(in),
        in.getLong(),
        in.getOptional(() -> new Mirostat(in.getInt(), in.getFloat(), in.getFloat())),
        in.getOptional(in::getString),
        in.getBoolean(),
        in.getInt());
  }

  private static Map<Integer, Float> getBiases(FrameReader in) {
    int count = in.getInt();
    if (count < 0 || count > SamplingOptions.MAX_BIASES) {
      throw new IllegalArgumentException("logit_bias count " + count);
    }
    Map<Integer, Float> biases = HashMap.newHashMap(count);
    for (int i = 0; i < count; i++) {
      biases.put(in.getInt(), in.getFloat());
    }
    return biases;
  }

  /** Writes how likely a token was. */
  public static void putLogprob(TokenLogprob logprob, FrameWriter out) {
    putCandidate(logprob.chosen(), out);
    out.putList(logprob.top(), candidate -> putCandidate(candidate, out));
  }

  /** Reads how likely a token was. */
  public static TokenLogprob getLogprob(FrameReader in) {
    return new TokenLogprob(getCandidate(in), in.getList(() -> getCandidate(in)));
  }

  private static void putCandidate(Candidate candidate, FrameWriter out) {
    out.putInt(candidate.id());
    out.putBytes(candidate.bytes());
    out.putFloat(candidate.logprob());
  }

  private static Candidate getCandidate(FrameReader in) {
    return new Candidate(in.getInt(), in.getBytes(), in.getFloat());
  }

  /** Writes a failure. */
  public static void putFailure(EngineException failure, FrameWriter out) {
    out.putEnum(failure.failure());
    out.putOptional(failure.field(), out::putString);
    out.putString(failure.getMessage());
  }

  /** Reads a failure. */
  public static EngineException getFailure(FrameReader in) {
    EngineFailure failure = in.getEnum(EngineFailure.class);
    @Nullable String field = in.getBoolean() ? in.getString() : null;
    return new EngineException(failure, field, in.getString());
  }

  /** Writes what a batch took in a stage. */
  public static void putSpan(StageSpan span, FrameWriter out) {
    out.putLong(span.waitNanos());
    out.putLong(span.computeNanos());
    out.putLong(span.roundTripNanos());
  }

  /** Reads what a batch took in a stage. */
  public static StageSpan getSpan(FrameReader in) {
    return new StageSpan(in.getLong(), in.getLong(), in.getLong());
  }
}
