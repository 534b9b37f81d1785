package dev.flotilla.engine.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.engine.ComputeDevices;
import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.EngineOptions.Backend;
import dev.flotilla.engine.EngineOptions.CacheType;
import dev.flotilla.engine.EngineOptions.Pooling;
import dev.flotilla.engine.FinishReason;
import dev.flotilla.engine.Mirostat;
import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.Resumption;
import dev.flotilla.engine.SamplingOptions;
import dev.flotilla.engine.SessionEvent;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.SessionUsage;
import dev.flotilla.engine.StageFacts;
import dev.flotilla.engine.StopConditions;
import dev.flotilla.engine.TokenLogprob;
import dev.flotilla.engine.metering.ChainFigures;
import dev.flotilla.engine.metering.StageFigures;
import dev.flotilla.engine.metering.StageWork;
import dev.flotilla.engine.process.StageRole.LinkIdentity;
import dev.flotilla.engine.process.StageRole.LinkTerms;
import dev.flotilla.engine.process.StageRole.StagePeer;
import dev.flotilla.engine.wire.ProtocolException;
import dev.flotilla.gguf.LayerRange;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EngineChannelTest {
  private static final StageFigures FIGURES =
      new StageFigures(
          new LayerRange(0, 3),
          new StageWork(1, 2, 3, 4, 5),
          new StageWork(6, 7, 8, 9, 10),
          StageWork.NONE,
          new StageWork(0.5, 0.25, 0, 0, 0),
          4096,
          0.001);

  private static final LinkTerms TERMS =
      new LinkTerms("0.1", "digest", "F16", Optional.of(new LinkIdentity(new byte[] {1, 2})));

  private static final EngineOptions OPTIONS =
      new EngineOptions(
          Path.of("models", "größe.gguf"),
          Backend.VULKAN,
          4096,
          8,
          32,
          512,
          2,
          3,
          CacheType.F16,
          CacheType.Q8_0,
          true,
          false,
          -1,
          Optional.of(true),
          true,
          false,
          true,
          Optional.of(Pooling.LAST),
          true);

  private static final SessionRequest REQUEST =
      new SessionRequest(
          new Prompt.Text("naïve 🚢", true, false),
          new SamplingOptions(
              0.7f,
              40,
              0.9f,
              0.05f,
              1,
              1.1f,
              64,
              0.5f,
              -0.5f,
              Map.of(5, -100f, 9, 3.5f),
              -42,
              Optional.of(new Mirostat(2, 5, 0.1f)),
              Optional.of("root ::= \"a\""),
              true,
              5),
          new StopConditions(100, List.of("\n\n", "§")),
          true,
          true);

  private static final List<EngineCommand> COMMANDS =
      List.of(
          new EngineCommand.Load(OPTIONS, "/cache", new StageRole.Whole()),
          new EngineCommand.Load(OPTIONS, "/cache", new StageRole.First(TERMS)),
          new EngineCommand.Load(OPTIONS, "/cache", new StageRole.Later(TERMS, "::", 0)),
          new EngineCommand.Load(OPTIONS, "/cache", new StageRole.Trial()),
          new EngineCommand.Prepare(
              OPTIONS.backend(), "/cache", Optional.of(new LinkIdentity(new byte[] {1, 2}))),
          new EngineCommand.RenewLinks(new LinkIdentity(new byte[] {3})),
          new EngineCommand.Probe(),
          new EngineCommand.Relink(
              List.of(new StagePeer("ab", "host", 9), new StagePeer("", "other", 8))),
          new EngineCommand.Open(7, REQUEST, 256),
          new EngineCommand.Open(
              8,
              new SessionRequest(
                  new Prompt.Tokens(new int[] {1, 2, 3}),
                  SamplingOptions.GREEDY,
                  new StopConditions(1, List.of()),
                  false,
                  false),
              1),
          new EngineCommand.Open(
              9, REQUEST.resumedAt(new Resumption(new int[] {4, 0, 70_000}, 11)), 2),
          new EngineCommand.Grant(7, 128),
          new EngineCommand.Cancel(7),
          new EngineCommand.Tokenize(9, "text", true, true),
          new EngineCommand.Embed(11, List.of(new Prompt.Text("a", true, false))),
          new EngineCommand.Stop());

  private static final List<EngineReport> REPORTS =
      List.of(
          new EngineReport.Loading(0.25f),
          new EngineReport.Ready(
              new StageFacts(
                  "llama",
                  new LayerRange(0, 5),
                  5,
                  4,
                  2048,
                  2048,
                  512,
                  64,
                  260_000,
                  1L << 33,
                  "CPU",
                  true)),
          new EngineReport.Happened(3, new SessionEvent.Admitted(10, 4)),
          new EngineReport.Happened(
              3,
              new SessionEvent.Generated(
                  "ü",
                  new int[] {5, 99},
                  List.of(
                      new TokenLogprob(
                          new TokenLogprob.Candidate(5, new byte[] {(byte) 0xC3}, -0.5f),
                          List.of(new TokenLogprob.Candidate(6, new byte[] {}, -1f)))))),
          new EngineReport.Happened(
              3,
              new SessionEvent.Finished(
                  FinishReason.LENGTH, new SessionUsage(10, 4, 20, 1, 2, 1L << 40))),
          new EngineReport.Detokenized(5, "text"),
          new EngineReport.Found(
              new ComputeDevices(
                  "AMD EPYC",
                  List.of("AVX2", "SVE_CNT=32"),
                  List.of(new ComputeDevices.Gpu("CUDA0", "NVIDIA H100", 80L << 30)))),
          new EngineReport.Health(123_456_789),
          new EngineReport.Figures(new ChainFigures(List.of(FIGURES), 3, 1.5, 0.5, 70, 40)));

  @Test
  void commandsArriveAsTheyWereSent() throws IOException {
    ByteArrayOutputStream wire = new ByteArrayOutputStream();
    EngineChannel sender = new EngineChannel(InputStream.nullInputStream(), wire);
    for (EngineCommand command : COMMANDS) {
      sender.write(command);
    }
    EngineChannel receiver = receiver(wire.toByteArray());
    for (EngineCommand command : COMMANDS) {
      assertThat(receiver.readCommand()).isEqualTo(command);
    }
    assertThatThrownBy(receiver::readCommand).isInstanceOf(EOFException.class);
  }

  @Test
  void reportsArriveAsTheyWereSentAlsoWhenCollected() throws IOException {
    ByteArrayOutputStream wire = new ByteArrayOutputStream();
    EngineChannel sender = new EngineChannel(InputStream.nullInputStream(), wire);
    REPORTS.forEach(sender::add);
    assertThat(wire.size()).isZero();
    sender.flush();
    EngineChannel receiver = receiver(wire.toByteArray());
    for (EngineReport report : REPORTS) {
      assertThat(receiver.readReport()).isEqualTo(report);
    }
  }

  @Test
  void failuresKeepTheirCauseFieldAndMessage() throws IOException {
    ByteArrayOutputStream wire = new ByteArrayOutputStream();
    new EngineChannel(InputStream.nullInputStream(), wire)
        .write(
            new EngineReport.SessionFailed(
                4, new EngineException(EngineFailure.CONTEXT_EXCEEDED, "prompt", "too long")));
    EngineReport.SessionFailed failed =
        (EngineReport.SessionFailed) receiver(wire.toByteArray()).readReport();
    assertThat(failed.failure().failure()).isEqualTo(EngineFailure.CONTEXT_EXCEEDED);
    assertThat(failed.failure().field()).contains("prompt");
    assertThat(failed.failure()).hasMessage("too long");
  }

  @Test
  void thatThereIsNoStageArrivesWithItsReason() throws IOException {
    ByteArrayOutputStream wire = new ByteArrayOutputStream();
    new EngineChannel(InputStream.nullInputStream(), wire)
        .write(new EngineCommand.NoStage(new EngineException(EngineFailure.ENGINE_LOST, "none")));
    EngineCommand.NoStage noStage =
        (EngineCommand.NoStage) receiver(wire.toByteArray()).readCommand();
    assertThat(noStage.reason().failure()).isEqualTo(EngineFailure.ENGINE_LOST);
    assertThat(noStage.reason()).hasMessage("none");
  }

  @Test
  void damagedFramesAreRefusedAndNothingElse() throws IOException {
    long seed = Long.getLong("flotilla.seed", System.nanoTime());
    Random random = new Random(seed);
    ByteArrayOutputStream wire = new ByteArrayOutputStream();
    EngineChannel sender = new EngineChannel(InputStream.nullInputStream(), wire);
    REPORTS.forEach(sender::add);
    sender.flush();
    byte[] good = wire.toByteArray();
    for (int round = 0; round < 20_000; round++) {
      byte[] bad = good.clone();
      for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt();
      }
      EngineChannel receiver = receiver(bad);
      int read = 0;
      try {
        while (read <= REPORTS.size()) {
          assertThat(receiver.readReport()).isNotNull();
          read++;
        }
      } catch (ProtocolException | EOFException expected) {
        assertThat(expected).as("seed %d", seed).isNotNull();
      }
      assertThat(read).isLessThanOrEqualTo(REPORTS.size());
    }
  }

  @Test
  void damagedCommandsAreRefusedAndNothingElse() throws IOException {
    long seed = Long.getLong("flotilla.seed", System.nanoTime());
    Random random = new Random(seed);
    byte[] good = Frames.of(new EngineCommand.Open(7, REQUEST, 256));
    int refused = 0;
    for (int round = 0; round < 20_000; round++) {
      byte[] bad = Arrays.copyOfRange(good, Frames.HEADER_BYTES, good.length);
      for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt();
      }
      try {
        assertThat(Frames.command(bad)).isNotNull();
      } catch (ProtocolException expected) {
        refused++;
      }
    }
    assertThat(refused).as("seed %d", seed).isGreaterThan(1_000);
  }

  private static EngineChannel receiver(byte[] wire) {
    return new EngineChannel(new ByteArrayInputStream(wire), OutputStream.nullOutputStream());
  }
}
