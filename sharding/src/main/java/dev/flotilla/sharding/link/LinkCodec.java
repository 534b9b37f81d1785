package dev.flotilla.sharding.link;

import dev.flotilla.engine.Batch;
import dev.flotilla.engine.Sampler.Choice;
import dev.flotilla.engine.SlotOpening;
import dev.flotilla.engine.StageChain.RowChoice;
import dev.flotilla.engine.metering.StageSpan;
import dev.flotilla.engine.wire.EngineFields;
import dev.flotilla.engine.wire.FrameReader;
import dev.flotilla.engine.wire.FrameWriter;
import dev.flotilla.engine.wire.ProtocolException;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.sharding.link.LinkFrame.Build;
import dev.flotilla.sharding.link.LinkFrame.Close;
import dev.flotilla.sharding.link.LinkFrame.Computed;
import dev.flotilla.sharding.link.LinkFrame.Failed;
import dev.flotilla.sharding.link.LinkFrame.Goodbye;
import dev.flotilla.sharding.link.LinkFrame.Heartbeat;
import dev.flotilla.sharding.link.LinkFrame.Hello;
import dev.flotilla.sharding.link.LinkFrame.Open;
import dev.flotilla.sharding.link.LinkFrame.Opened;
import dev.flotilla.sharding.link.LinkFrame.Purpose;
import dev.flotilla.sharding.link.LinkFrame.Rewind;
import dev.flotilla.sharding.link.LinkFrame.Run;
import dev.flotilla.sharding.link.LinkFrame.Shift;
import dev.flotilla.sharding.link.LinkFrame.StageState;
import dev.flotilla.sharding.link.LinkFrame.Welcome;
import java.util.List;

/** {@link LinkFrame}s as bytes. Pure; what is read is checked against the bounds of the link. */
final class LinkCodec {
  private static final int HELLO = 1;
  private static final int WELCOME = 2;
  private static final int OPEN = 3;
  private static final int RUN = 4;
  private static final int REWIND = 5;
  private static final int SHIFT = 6;
  private static final int CLOSE = 7;
  private static final int OPENED = 8;
  private static final int COMPUTED = 9;
  private static final int FAILED = 10;
  private static final int HEARTBEAT = 11;
  private static final int GOODBYE = 12;

  /** A row without its hidden state: token, position, slot, choice, replay. */
  private static final int ROW_BYTES = 5 * Integer.BYTES;

  private LinkCodec() {}

  /**
   * Writes a frame.
   *
   * @param width floats of a hidden state on this link; 0 before it is agreed
   */
  static void write(LinkFrame frame, FrameWriter out, ActivationType activations, int width) {
    switch (frame) {
      case Hello hello -> putHello(hello, out);
      case Welcome(var stages) -> {
        out.begin(WELCOME);
        out.putList(stages, stage -> putState(stage, out));
      }
      case Open(int slot, int keep, SlotOpening opening) -> {
        out.begin(OPEN);
        out.putInt(slot);
        out.putInt(keep);
        EngineFields.putSampling(opening.sampling(), out);
        out.putInts(opening.observed());
        out.putInts(opening.replayed());
        out.putInt(opening.replayedFrom());
        out.putBoolean(opening.exact());
      }
      case Run(int through, boolean replay, Batch batch, var spans) -> {
        out.begin(RUN);
        out.putInt(through);
        out.putBoolean(replay);
        putSpans(spans, out);
        putRows(batch, out, activations, width);
      }
      case Rewind(int slot, int length, int emptyThrough) ->
          putInts(REWIND, out, slot, length, emptyThrough);
      case Shift(int slot, int from, int to) -> putInts(SHIFT, out, slot, from, to);
      case Close(int slot) -> putInts(CLOSE, out, slot);
      case Opened(int slot, int kept, var refusal) -> {
        putInts(OPENED, out, slot, kept);
        out.putOptional(refusal, failure -> EngineFields.putFailure(failure, out));
      }
      case Computed(var choices, var spans) -> {
        out.begin(COMPUTED);
        out.putList(choices, choice -> putChoice(choice, out));
        putSpans(spans, out);
      }
      case Failed(var failure) -> {
        out.begin(FAILED);
        EngineFields.putFailure(failure, out);
      }
      case Heartbeat(long sentNanos, long echoNanos, long heldNanos) -> {
        out.begin(HEARTBEAT);
        out.putLong(sentNanos);
        out.putLong(echoNanos);
        out.putLong(heldNanos);
      }
      case Goodbye(int stage, var reason) -> {
        putInts(GOODBYE, out, stage);
        EngineFields.putFailure(reason, out);
      }
    }
    out.end();
  }

  /**
   * Reads a frame.
   *
   * @param limits what the link's stages agreed on
   * @throws ProtocolException if it is no frame, or beyond the limits
   */
  static LinkFrame read(FrameReader in, LinkLimits limits) throws ProtocolException {
    return in.decode(() ->
        switch (in.getByte()) {
          case HELLO -> getHello(in);
          case WELCOME -> new Welcome(in.getList(() -> getState(in)));
          case OPEN -> new Open(in.getInt(), in.getInt(), getOpening(in));
          case RUN -> getRun(in, limits);
          case REWIND -> new Rewind(in.getInt(), in.getInt(), in.getInt());
          case SHIFT -> new Shift(in.getInt(), in.getInt(), in.getInt());
          case CLOSE -> new Close(in.getInt());
          case OPENED ->
              new Opened(
                  in.getInt(), in.getInt(), in.getOptional(() -> EngineFields.getFailure(in)));
          case COMPUTED -> new Computed(in.getList(() -> getChoice(in)), getSpans(in));
          case FAILED -> new Failed(EngineFields.getFailure(in));
          case HEARTBEAT -> new Heartbeat(in.getLong(), in.getLong(), in.getLong());
          case GOODBYE -> new Goodbye(in.getInt(), EngineFields.getFailure(in));
          default -> throw new IllegalArgumentException("unknown frame");
        });
  }

  private static void putInts(int type, FrameWriter out, int... values) {
    out.begin(type);
    for (int value : values) {
      out.putInt(value);
    }
  }

  private static void putHello(Hello hello, FrameWriter out) {
    out.begin(HELLO);
    out.putString(hello.build().flotilla());
    out.putString(hello.build().natives());
    out.putString(hello.model());
    out.putLong(hello.chain());
    out.putEnum(hello.purpose());
    out.putInt(hello.stage());
    out.putInt(hello.layer());
    out.putInt(hello.width());
    out.putEnum(hello.activations());
    out.putList(
        hello.onward(),
        address -> {
          out.putString(address.nodeId());
          out.putString(address.host());
          out.putInt(address.port());
        });
  }

  private static Hello getHello(FrameReader in) {
    return new Hello(
        new Build(in.getString(), in.getString()),
        in.getString(),
        in.getLong(),
        in.getEnum(Purpose.class),
        in.getInt(),
        in.getInt(),
        in.getInt(),
        in.getEnum(ActivationType.class),
        in.getList(() -> new StageAddress(in.getString(), in.getString(), in.getInt())));
  }

  private static void putState(StageState state, FrameWriter out) {
    out.putInt(state.layers().from());
    out.putInt(state.layers().to());
    out.putInt(state.modelLayers());
    out.putInt(state.contextTokens());
    out.putBoolean(state.canShift());
    out.putInts(state.lengths());
  }

  private static StageState getState(FrameReader in) {
    return new StageState(
        new LayerRange(in.getInt(), in.getInt()),
        in.getInt(),
        in.getInt(),
        in.getBoolean(),
        in.getInts());
  }

  private static SlotOpening getOpening(FrameReader in) {
    return new SlotOpening(
        EngineFields.getSampling(in), in.getInts(), in.getInts(), in.getInt(), in.getBoolean());
  }

  private static void putRows(Batch batch, FrameWriter out, ActivationType activations, int width) {
    int rows = batch.size();
    out.putInt(rows);
    for (int row = 0; row < rows; row++) {
      out.putInt(batch.token(row));
      out.putInt(batch.position(row));
      out.putInt(batch.slot(row));
      out.putInt(batch.choice(row));
      out.putInt(batch.replay(row));
    }
    int values = Math.multiplyExact(rows, width);
    activations.encode(batch.hidden(width), values, out.putSlice(activations.bytes(values)));
  }

  private static Run getRun(FrameReader in, LinkLimits limits) {
    int through = in.getInt();
    boolean replay = in.getBoolean();
    List<StageSpan> spans = getSpans(in);
    return new Run(through, replay, getRows(in, limits), spans);
  }

  private static void putSpans(List<StageSpan> spans, FrameWriter out) {
    out.putList(spans, span -> EngineFields.putSpan(span, out));
  }

  private static List<StageSpan> getSpans(FrameReader in) {
    return in.getList(() -> EngineFields.getSpan(in));
  }

  private static Batch getRows(FrameReader in, LinkLimits limits) {
    int rows = in.getInt();
    if (rows < 1 || rows > limits.rows()) {
      throw new IllegalArgumentException("a batch of %d rows".formatted(rows));
    }
    var fields = in.getSlice(rows * ROW_BYTES);
    Batch batch = new Batch(rows);
    for (int row = 0; row < rows; row++) {
      batch.add(
          fields.getInt(), fields.getInt(), fields.getInt(), fields.getInt(), fields.getInt());
    }
    int values = Math.multiplyExact(rows, limits.width());
    int bytes = limits.activations().bytes(values);
    limits.activations().decode(in.getSlice(bytes), batch.hidden(limits.width()), values);
    return batch;
  }

  private static void putChoice(RowChoice choice, FrameWriter out) {
    out.putInt(choice.choice().token());
    out.putOptional(choice.choice().logprob(), logprob -> EngineFields.putLogprob(logprob, out));
    out.putOptional(choice.failure(), failure -> EngineFields.putFailure(failure, out));
  }

  private static RowChoice getChoice(FrameReader in) {
    return new RowChoice(
        new Choice(in.getInt(), in.getOptional(() -> EngineFields.getLogprob(in))),
        in.getOptional(() -> EngineFields.getFailure(in)));
  }
}
