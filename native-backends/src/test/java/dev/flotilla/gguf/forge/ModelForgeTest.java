package dev.flotilla.gguf.forge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.flotilla.gguf.GgmlType;
import dev.flotilla.gguf.GgufFile;
import dev.flotilla.gguf.GgufModel;
import dev.flotilla.gguf.ModelCheck;
import dev.flotilla.gguf.ModelFacts;
import dev.flotilla.gguf.SharedFiles;
import dev.flotilla.gguf.TensorInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ModelForgeTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource
  void everyArchitectureIsAWellFormedModel(ForgeArchitecture architecture) throws IOException {
    for (GgmlType type : List.of(GgmlType.F32, GgmlType.F16, GgmlType.Q8_0)) {
      ForgeSpec spec = ForgeSpec.small(architecture).withType(type);
      ModelFacts facts = ModelCheck.check(forge(spec));
      assertThat(facts.architecture()).isEqualTo(architecture.label());
      assertThat(facts.dimensions().layers()).isEqualTo(spec.layers());
      assertThat(facts.tokenizer().vocabulary()).isEqualTo(spec.vocabulary().size());
      assertThat(facts.experts().used()).isEqualTo(spec.expertsUsed());
      assertThat(facts.weights().quantisation()).isEqualTo(type.name());
      assertThat(facts.weights().layerBytes()).hasSize(spec.layers()).allMatch(bytes -> bytes > 0);
      assertThat(facts.embeddingModel()).isEqualTo(architecture == ForgeArchitecture.BERT);
    }
  }

  @Test
  void equalSpecsGiveEqualFiles() throws IOException {
    ForgeSpec spec = ForgeSpec.small(ForgeArchitecture.QWEN2).withType(GgmlType.Q8_0);
    byte[] forged = Files.readAllBytes(forge(spec).files().getFirst().path());
    assertThat(forge(spec).files().getFirst().path()).hasBinaryContent(forged);
    assertThat(Files.readAllBytes(forge(spec.withSeed(2)).files().getFirst().path()))
        .hasSameSizeAs(forged)
        .isNotEqualTo(forged);
  }

  @Test
  void weightsKeepTheVarianceOfTheirInput() throws IOException {
    FloatBuffer weights = weights("blk.0.ffn_gate.weight");
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < weights.limit(); i++) {
      sum += weights.get(i);
      squares += weights.get(i) * weights.get(i);
    }
    assertThat(sum / weights.limit()).isCloseTo(0, within(0.005));
    assertThat(squares / weights.limit()).isCloseTo(1.0 / 64, within(0.001));
  }

  @Test
  void tensorsDiffer() throws IOException {
    assertThat(weights("blk.0.ffn_gate.weight")).isNotEqualTo(weights("blk.0.ffn_up.weight"));
  }

  @Test
  void copiesARealVocabulary() throws IOException {
    Path vocabulary = SharedFiles.require("data/vocab/ggml-vocab-qwen2.gguf");
    ForgeSpec spec =
        ForgeSpec.small(ForgeArchitecture.QWEN2).withVocabulary(ForgeVocabulary.of(vocabulary));
    ModelFacts facts = ModelCheck.check(forge(spec));
    assertThat(facts.tokenizer().vocabulary()).isEqualTo(151_936);
    assertThat(facts.tokenizer().pre()).contains("qwen2");
    assertThat(facts.tokenizer().chatTemplate()).isPresent();
  }

  private FloatBuffer weights(String name) throws IOException {
    GgufFile file = forge(ForgeSpec.small(ForgeArchitecture.LLAMA)).files().getFirst();
    TensorInfo tensor = file.tensor(name).orElseThrow();
    byte[] bytes = Files.readAllBytes(file.path());
    return ByteBuffer.wrap(bytes, (int) file.position(tensor), (int) tensor.bytes())
        .slice()
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer();
  }

  private GgufModel forge(ForgeSpec spec) throws IOException {
    return GgufModel.read(ModelForge.write(spec, folder.resolve("forged.gguf")));
  }
}
