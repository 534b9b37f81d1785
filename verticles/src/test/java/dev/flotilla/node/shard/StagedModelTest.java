package dev.flotilla.node.shard;

import static dev.flotilla.node.shard.StagedModel.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.SamplingOptions;
import dev.flotilla.engine.SessionEvent;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.StopConditions;
import dev.flotilla.federation.HandoverPipeline;
import dev.flotilla.gguf.SharedFiles;
import dev.flotilla.sharding.Pipeline;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A real model in real processes on real links: its answers are those of one process. */
@Timeout(300)
class StagedModelTest {
  private static final int LAYERS = 5;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Path source = SharedFiles.require("models/stories260K.gguf");
  private final Vertx vertx = Vertx.vertx();
  @TempDir private Path folder;

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5})
  void tokensAreThoseOfOneStage(int stages) throws Exception {
    List<String> expected = answersOfOneStage(8, 60);
    StagedModel model =
        new StagedModel(vertx, source, folder, "F32", StagedModel.cut(LAYERS, stages));
    try {
      assertThat(texts(open(model.pipeline(), 8, 60))).isEqualTo(expected);
    } finally {
      model.close();
    }
  }

  @Test
  void streamsGoOnWhereTheModelIsCutOtherwise() throws Exception {
    List<String> expected = answersOfOneStage(8, 300);
    List<StagedModel> models = new ArrayList<>();
    try {
      models.add(new StagedModel(vertx, source, folder, "F32", StagedModel.cut(LAYERS, 2)));
      models.add(new StagedModel(vertx, source, folder, "F32", StagedModel.cut(LAYERS, 5)));
      models.add(new StagedModel(vertx, source, folder, "F32", StagedModel.cut(LAYERS, 3)));
      HandoverPipeline pipeline = new HandoverPipeline(vertx, models.getFirst().pipeline());
      List<AssertSubscriber<SessionEvent>> streams = open(pipeline, 8, 300);
      for (StagedModel next : models.subList(1, 3)) {
        streams.getFirst().awaitNextItems(40, PATIENCE);
        await(pipeline.handOver(next.pipeline()));
      }
      assertThat(texts(streams)).isEqualTo(expected);
    } finally {
      for (StagedModel model : models) {
        model.close();
      }
    }
  }

  @Test
  void killedStagesAreNotNoticedByStreams() throws Exception {
    loseStages("KILL");
  }

  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void stagesThatHangAreNotNoticedByStreams() throws Exception {
    loseStages("STOP");
  }

  private void loseStages(String signal) throws Exception {
    List<String> expected = answersOfOneStage(8, 300);
    Random random = new Random(Long.getLong("flotilla.test.seed", 1L));
    StagedModel model = new StagedModel(vertx, source, folder, "F32", StagedModel.cut(LAYERS, 3));
    try {
      for (int round = 0; round < Integer.getInteger("flotilla.test.rounds", 2); round++) {
        int stage = 1 + random.nextInt(2);
        model.prepareSpare(stage);
        List<AssertSubscriber<SessionEvent>> streams = open(model.pipeline(), 8, 300);
        streams.getFirst().awaitItems(20 + random.nextInt(100), PATIENCE);
        ProcessHandle lost = ProcessHandle.of(model.replaceBySpare(stage).pid()).orElseThrow();
        Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(lost.pid())).start();
        assertThat(kill.waitFor()).isZero();
        assertThat(texts(streams)).isEqualTo(expected);
        lost.destroyForcibly();
      }
    } finally {
      model.close();
    }
  }

  private List<String> answersOfOneStage(int sessions, int maxTokens) throws Exception {
    EnginePipeline whole =
        new EnginePipeline(
            vertx,
            ModelFile.read("m", source).card(),
            StagedModel.options(source),
            folder,
            EngineLauncher.standard(),
            RestartPolicy.STANDARD);
    await(whole.start());
    try {
      return texts(open(whole, sessions, maxTokens));
    } finally {
      await(whole.stop());
    }
  }

  private static List<AssertSubscriber<SessionEvent>> open(
      Pipeline pipeline, int sessions, int maxTokens) {
    List<AssertSubscriber<SessionEvent>> streams = new ArrayList<>();
    for (int session = 0; session < sessions; session++) {
      AssertSubscriber<SessionEvent> stream = AssertSubscriber.create(Long.MAX_VALUE);
      pipeline.open(request(session, maxTokens)).subscribe().withSubscriber(stream);
      streams.add(stream);
    }
    return streams;
  }

  private static List<String> texts(List<AssertSubscriber<SessionEvent>> streams) {
    List<String> texts = new ArrayList<>();
    for (AssertSubscriber<SessionEvent> stream : streams) {
      StringBuilder text = new StringBuilder();
      for (SessionEvent event : stream.awaitCompletion(PATIENCE).getItems()) {
        if (event instanceof SessionEvent.Generated generated) {
          text.append(generated.text());
        }
      }
      assertThat(text).isNotEmpty();
      texts.add(text.toString());
    }
    return texts;
  }

  /** Deterministic, half of them drawn at random from a seed, with penalties. */
  private static SessionRequest request(int session, int maxTokens) {
    SamplingOptions sampling =
        new SamplingOptions(
            session % 2,
            40,
            0.95f,
            0.05f,
            1,
            1.1f,
            64,
            0,
            0,
            Map.of(),
            session,
            Optional.empty(),
            Optional.empty(),
            true,
            session % 3 - 1);
    return new SessionRequest(
        new Prompt.Text("Once upon a time there was number " + session, true, false),
        sampling,
        new StopConditions(maxTokens, List.of()),
        true,
        true);
  }
}
