package dev.flotilla.engine.llama;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.engine.BatchScheduler;
import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.EngineOptions.CacheType;
import dev.flotilla.engine.EngineOptionsBuilder;
import dev.flotilla.engine.FinishReason;
import dev.flotilla.engine.LocalChain;
import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.RecordingSink;
import dev.flotilla.engine.SamplingOptions;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.StopConditions;
import dev.flotilla.gguf.forge.ForgeArchitecture;
import dev.flotilla.gguf.forge.ForgeSpec;
import dev.flotilla.gguf.forge.ModelForge;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Forged models of every architecture go through the real engine; their answers are noise, but must
 * be the same noise.
 */
class ArchitecturesTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BERT")
  void sessionsOfEveryArchitectureAreIndependent(ForgeArchitecture architecture) throws Exception {
    EngineOptions options = NativeTests.options(forge(architecture), 128, 3);
    try (LlamaStage stage = NativeTests.stage(options)) {
      RecordingSink sink = new RecordingSink();
      BatchScheduler scheduler =
          new BatchScheduler(new LocalChain(stage), options, sink, System::nanoTime);
      int[][] prompts = {{5, 6, 7, 8}, {9, 8, 7, 6, 5}, {5, 6, 7, 8}};
      scheduler.open(1, request(prompts[0], 24), prompts[0], 1_000);
      run(scheduler);
      scheduler.open(2, request(prompts[1], 24), prompts[1], 1_000);
      scheduler.open(3, request(prompts[2], 24), prompts[2], 1_000);
      run(scheduler);
      assertThat(sink.text(3)).isEqualTo(sink.text(1));
      assertThat(sink.finished(2).usage().completionTokens()).isEqualTo(24);
    }
  }

  @Test
  void encodersEmbedAndDoNotGenerate() throws Exception {
    EngineOptions options = NativeTests.options(forge(ForgeArchitecture.BERT), 64, 1);
    try (LlamaStage stage = NativeTests.stage(options)) {
      assertThat(stage.facts().generates()).isFalse();
      List<float[]> vectors = stage.embed(List.of(new int[] {3, 4, 5}, new int[] {5, 4, 3}));
      assertThat(vectors.get(0)).hasSize(stage.facts().embeddingWidth());
      assertThat(vectors.get(0)).isNotEqualTo(vectors.get(1));
    }
  }

  @Test
  void theContextIsShiftedWhereAskedTo() throws Exception {
    EngineOptions plain = NativeTests.options(forge(ForgeArchitecture.LLAMA), 64, 1);
    EngineOptions shifting = EngineOptionsBuilder.of(plain.model(), 64).contextShift(true).build();
    try (LlamaStage stage = NativeTests.stage(shifting)) {
      RecordingSink sink = new RecordingSink();
      BatchScheduler scheduler =
          new BatchScheduler(new LocalChain(stage), shifting, sink, System::nanoTime);
      int[] prompt = {5, 6, 7};
      scheduler.open(1, request(prompt, 300), prompt, 1_000);
      run(scheduler);
      assertThat(sink.finished(1).reason()).isEqualTo(FinishReason.LENGTH);
      assertThat(sink.finished(1).usage().completionTokens()).isEqualTo(300);
    }
  }

  @Test
  void quantizedKeysAndValuesWork() throws Exception {
    EngineOptions plain =
        NativeTests.options(
            ModelForge.write(
                ForgeSpec.small(ForgeArchitecture.LLAMA).withWidths(128, 256, 32),
                folder.resolve("wide.gguf")),
            128,
            1);
    EngineOptions quantized =
        EngineOptionsBuilder.of(plain.model(), 128)
            .queueLimit(4)
            .batchTokens(64)
            .cacheType(CacheType.Q8_0)
            .flashAttention(true)
            .build();
    try (LlamaStage stage = NativeTests.stage(quantized)) {
      RecordingSink sink = new RecordingSink();
      BatchScheduler scheduler =
          new BatchScheduler(new LocalChain(stage), quantized, sink, System::nanoTime);
      int[] prompt = {5, 6, 7};
      scheduler.open(1, request(prompt, 16), prompt, 1_000);
      run(scheduler);
      assertThat(sink.finished(1).usage().completionTokens()).isEqualTo(16);
    }
  }

  @Test
  void quantizerMakesFilesThatLoad() throws Exception {
    Path source =
        ModelForge.write(
            ForgeSpec.small(ForgeArchitecture.LLAMA).withWidths(256, 512, 64),
            folder.resolve("source.gguf"));
    Path quantized = folder.resolve("q4.gguf");
    new Quantizer(NativeTests.library()).quantize(source, quantized, Quantizer.FileType.Q4_K_M, 1);
    assertThat(quantized.toFile().length()).isLessThan(source.toFile().length());
    try (LlamaStage stage = NativeTests.stage(NativeTests.options(quantized, 64, 1))) {
      assertThat(stage.facts().architecture()).isEqualTo("llama");
    }
  }

  private Path forge(ForgeArchitecture architecture) throws Exception {
    return ModelForge.write(ForgeSpec.small(architecture), folder.resolve("model.gguf"));
  }

  private static SessionRequest request(int[] prompt, int maxTokens) {
    SamplingOptions endless =
        new SamplingOptions(
            0, 0, 1, 0, 1, 1, 0, 0, 0, Map.of(), 0, Optional.empty(), Optional.empty(), true, -1);
    return new SessionRequest(
        new Prompt.Tokens(prompt), endless, new StopConditions(maxTokens, List.of()), true, true);
  }

  private static void run(BatchScheduler scheduler) {
    while (!scheduler.runnableSessions().isEmpty()) {
      scheduler.step();
    }
  }
}
