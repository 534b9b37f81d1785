package dev.flotilla.sharding.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.engine.Batch;
import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.Sampler.Choice;
import dev.flotilla.engine.SamplingOptions;
import dev.flotilla.engine.SlotOpening;
import dev.flotilla.engine.StageChain.RowChoice;
import dev.flotilla.engine.TokenLogprob;
import dev.flotilla.engine.metering.StageSpan;
import dev.flotilla.engine.wire.FrameReader;
import dev.flotilla.engine.wire.FrameWriter;
import dev.flotilla.engine.wire.ProtocolException;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.sharding.link.LinkFrame.Build;
import dev.flotilla.sharding.link.LinkFrame.Purpose;
import dev.flotilla.sharding.link.LinkFrame.StageState;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LinkCodecTest {
  private static final int WIDTH = 48;
  private static final LinkLimits LIMITS = new LinkLimits(16, WIDTH, ActivationType.F32);
  private final EngineException failure =
      new EngineException(EngineFailure.INVALID_REQUEST, "grammar", "grammar is not valid");

  @Test
  void framesComeBackAsTheyWere() throws Exception {
    for (LinkFrame frame : frames()) {
      LinkFrame read = read(bytes(frame), LIMITS);
      assertThat(read).usingRecursiveComparison().isEqualTo(frame);
    }
  }

  @ParameterizedTest
  @EnumSource(ActivationType.class)
  void hiddenStatesKeepWhatTheirTypeHolds(ActivationType type) throws Exception {
    Random random = new Random(7);
    Batch batch = batch(5);
    float[] hidden = batch.hidden(WIDTH);
    for (int i = 0; i < hidden.length; i++) {
      hidden[i] = (float) random.nextGaussian();
    }
    LinkLimits limits = new LinkLimits(16, WIDTH, type);
    FrameWriter writer = new FrameWriter();
    LinkCodec.write(new LinkFrame.Run(2, false, batch), writer, type, WIDTH);
    LinkFrame.Run read = (LinkFrame.Run) read(bytes(writer), limits);
    double tolerance =
        switch (type) {
          case F32 -> 0;
          case F16 -> 0.003;
          case Q8 -> 0.03;
        };
    for (int i = 0; i < 5 * WIDTH; i++) {
      assertThat(Math.abs(read.batch().hidden(WIDTH)[i] - hidden[i]))
          .isLessThanOrEqualTo((float) tolerance);
    }
  }

  @Test
  void batchesBeyondTheLimitsAreRefused() {
    LinkFrame run = new LinkFrame.Run(1, false, batch(5));
    for (LinkLimits limits :
        List.of(
            new LinkLimits(4, WIDTH, ActivationType.F32),
            new LinkLimits(16, WIDTH + 1, ActivationType.F32),
            new LinkLimits(16, WIDTH, ActivationType.F16),
            LinkLimits.BEFORE_HELLO)) {
      assertThatThrownBy(() -> read(bytes(run), limits)).isInstanceOf(ProtocolException.class);
    }
  }

  @Test
  void damagedFramesAreRefusedAndNothingElseHappens() throws Exception {
    long seed = Long.getLong("flotilla.test.seed", new Random().nextLong(1_000_000));
    Random random = new Random(seed);
    for (LinkFrame frame : frames()) {
      byte[] bytes = bytes(frame);
      for (int round = 0; round < 400; round++) {
        byte[] damaged = damage(bytes, random);
        try {
          LinkFrame read = read(damaged, LIMITS);
          assertThat(read).as("seed %d", seed).isNotNull();
        } catch (ProtocolException | EOFException expected) {
          assertThat(expected.toString()).isNotEmpty();
        }
      }
    }
  }

  private static byte[] damage(byte[] bytes, Random random) {
    byte[] damaged = bytes.clone();
    for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
      damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
    }
    return random.nextInt(3) == 0
        ? Arrays.copyOf(damaged, random.nextInt(damaged.length))
        : damaged;
  }

  private List<LinkFrame> frames() {
    SlotOpening opening =
        new SlotOpening(SamplingOptions.GREEDY, new int[] {1, 2}, new int[] {3}, 9, true);
    TokenLogprob.Candidate candidate = new TokenLogprob.Candidate(4, new byte[] {'a'}, -0.5f);
    RowChoice choice =
        new RowChoice(
            new Choice(4, Optional.of(new TokenLogprob(candidate, List.of(candidate)))),
            Optional.empty());
    return List.of(
        new LinkFrame.Hello(
            new Build("0.1", "v1"),
            "digest",
            42,
            Purpose.OPERATIONS,
            1,
            3,
            WIDTH,
            ActivationType.F16,
            List.of(new StageAddress("ab", "host", 9))),
        new LinkFrame.Welcome(
            List.of(new StageState(new LayerRange(3, 5), 5, 128, true, new int[] {0, 7}))),
        new LinkFrame.Open(1, 5, opening),
        new LinkFrame.Run(2, true, batch(3)),
        new LinkFrame.Run(2, false, batch(3)).after(new StageSpan(1, 2, 3)),
        new LinkFrame.Rewind(1, 7, 2),
        new LinkFrame.Shift(1, 4, 8),
        new LinkFrame.Close(2),
        new LinkFrame.Opened(1, 0, Optional.of(failure)),
        new LinkFrame.Computed(
            List.of(choice, RowChoice.skipped()),
            List.of(new StageSpan(0, 9, 7), new StageSpan(5, 4, 0))),
        new LinkFrame.Failed(failure),
        new LinkFrame.Heartbeat(5, -6, 7),
        new LinkFrame.Goodbye(2, failure));
  }

  private static Batch batch(int rows) {
    Batch batch = new Batch(rows);
    for (int row = 0; row < rows; row++) {
      batch.add(10 + row, row, 0, row == rows - 1);
    }
    batch.hidden(WIDTH)[1] = 0.25f;
    return batch;
  }

  private static byte[] bytes(LinkFrame frame) throws IOException {
    FrameWriter writer = new FrameWriter();
    LinkCodec.write(frame, writer, ActivationType.F32, WIDTH);
    return bytes(writer);
  }

  private static byte[] bytes(FrameWriter writer) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    writer.writeTo(out);
    return out.toByteArray();
  }

  private static LinkFrame read(byte[] bytes, LinkLimits limits) throws IOException {
    return LinkCodec.read(
        FrameReader.next(new DataInputStream(new ByteArrayInputStream(bytes)), 1 << 20), limits);
  }
}
