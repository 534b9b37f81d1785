package dev.flotilla.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.flotilla.gguf.GgufException.Cause;
import dev.flotilla.gguf.ModelFacts.Dimensions;
import dev.flotilla.gguf.ModelFacts.Pooling;
import dev.flotilla.gguf.ModelFacts.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFactsTest {
  @TempDir private Path folder;
  private final SequencedMap<String, GgufValue> values = ModelSamples.llama();
  private List<GgufWriter.Tensor> tensors = ModelSamples.llamaTensors(2);

  @Test
  void readsTheFactsOfARealModel() throws IOException {
    ModelFacts facts =
        ModelCheck.check(GgufModel.read(SharedFiles.require("models/stories260K.gguf")));
    assertThat(facts.architecture()).isEqualTo("llama");
    assertThat(facts.dimensions())
        .isEqualTo(new Dimensions(5, 2048, 64, List.of(172, 172, 172, 172, 172)));
    assertThat(facts.attention().heads()).containsOnly(8).hasSize(5);
    assertThat(facts.attention().kvBytesPerToken(0)).isEqualTo(2 * 4 * 8 * 2);
    assertThat(facts.tokenizer().vocabulary()).isEqualTo(512);
    assertThat(facts.tokenizer().bos()).isEqualTo(OptionalInt.of(1));
    assertThat(facts.weights().quantisation()).isEqualTo("F32");
    assertThat(facts.weights().parameters()).isEqualTo(292_800);
    assertThat(facts.weights().bytes()).isEqualTo(4 * facts.weights().parameters());
    assertThat(facts.weights().embeddingBytes()).isEqualTo(64 * 512 * 4);
    assertThat(facts.embeddingModel()).isFalse();
  }

  @Test
  void readsTheFactsOfARealVocabulary() throws IOException {
    GgufModel model = GgufModel.read(SharedFiles.require("data/vocab/ggml-vocab-phi-3.gguf"));
    ModelFacts facts = ModelFacts.of(model);
    assertThat(facts.tokenizer().vocabulary()).isEqualTo(32_064);
    assertThat(facts.tokenizer().chatTemplate().orElseThrow()).contains("<|user|>");
    refuses(model, Cause.MISSING_TENSOR, "holds a vocabulary only");
  }

  @Test
  void readsValuesThatDifferByLayer() throws IOException {
    ModelFacts facts = ModelCheck.check(model());
    assertThat(facts.dimensions().feedForward()).containsExactly(64, 96);
    assertThat(facts.weights())
        .isEqualTo(
            new Weights(
                "Q8_0", 32 * 8 + 2 * (32 * 32 + 32) + 32, 2550, List.of(1122L, 1122L), 272, 0));
  }

  @Test
  void tokenIdsMayBeAbsent() throws IOException {
    ModelFacts facts = ModelFacts.of(model());
    assertThat(facts.tokenizer().eos()).isEqualTo(OptionalInt.of(2));
    assertThat(facts.tokenizer().eot()).isEqualTo(OptionalInt.empty());
  }

  @Test
  void readsAllChatTemplates() throws IOException {
    assertThat(ModelFacts.of(model()).tokenizer().chatTemplates())
        .containsEntry("default", "{{ messages }}")
        .containsEntry("tool_use", "{{ tools }}")
        .hasSize(2);
  }

  @Test
  void tellsEmbeddingModels() throws IOException {
    values.put("llama.pooling_type", GgufValue.u32(3));
    ModelFacts facts = ModelFacts.of(model());
    assertThat(facts.pooling()).contains(Pooling.LAST);
    assertThat(facts.embeddingModel()).isTrue();
  }

  @Test
  void guessesTheQuantisation() throws IOException {
    values.remove("general.file_type");
    assertThat(ModelFacts.of(model()).weights().quantisation()).isEqualTo("Q8_0");
  }

  @Test
  void refusesMissingKeys() throws IOException {
    for (String key :
        List.of(
            "general.architecture",
            "llama.block_count",
            "llama.context_length",
            "llama.embedding_length",
            "tokenizer.ggml.model")) {
      GgufValue value = values.remove(key);
      refuses(Cause.MISSING_KEY, "key '%s' is missing".formatted(key));
      values.put(key, value);
    }
  }

  @Test
  void refusesValuesOfOtherTypes() throws IOException {
    values.put("llama.block_count", new GgufValue.Whole(ValueType.I32, 2));
    refuses(Cause.WRONG_VALUE_TYPE, "'llama.block_count' is of type i32, expected u32");
  }

  @Test
  void refusesImpossibleLayers() throws IOException {
    values.put("llama.block_count", GgufValue.u32(513));
    refuses(Cause.BAD_VALUE, "1 to 512 layers");
    values.put("llama.block_count", GgufValue.u32(0));
    refuses(Cause.BAD_VALUE, "1 to 512 layers");
  }

  @Test
  void refusesArraysThatDoNotFitTheLayers() throws IOException {
    values.put("llama.attention.head_count", GgufValue.array(GgufArray.ofInts(4)));
    refuses(Cause.BAD_VALUE, "1 values for 2 layers");
  }

  @Test
  void refusesImpossibleExperts() throws IOException {
    values.put("llama.expert_count", GgufValue.u32(4));
    refuses(Cause.BAD_VALUE, "0 of 4 experts");
    values.put("llama.expert_used_count", GgufValue.u32(5));
    refuses(Cause.BAD_VALUE, "5 of 4 experts");
    values.put("llama.expert_count", GgufValue.u32(2048));
    refuses(Cause.BAD_VALUE, "5 of 2048 experts");
  }

  @Test
  void refusesUnknownRopeScaling() throws IOException {
    values.put("llama.rope.scaling.type", GgufValue.text("magic"));
    refuses(Cause.BAD_VALUE, "'magic'");
  }

  @Test
  void refusesLayersWithoutTensors() throws IOException {
    tensors = ModelSamples.llamaTensors(1);
    refuses(Cause.MISSING_TENSOR, "layer 1 of 2 has no tensors");
  }

  @Test
  void refusesTensorsOfNoLayer() throws IOException {
    tensors = ModelSamples.llamaTensors(3);
    refuses(Cause.UNEXPECTED_TENSOR, "'blk.2.attn_q.weight' belongs to no layer");
  }

  @Test
  void refusesEmbeddingsOfAnotherShape() throws IOException {
    values.put("llama.embedding_length", GgufValue.u32(64));
    refuses(Cause.BAD_VALUE, "expected [64, 8]");
  }

  @Test
  void refusesAccessories() throws IOException {
    values.put("general.type", GgufValue.text("adapter"));
    refuses(Cause.BAD_VALUE, "accessory");
  }

  @Test
  void refusesWeightsThatCannotBeMapped() throws IOException {
    values.put("general.alignment", GgufValue.u32(1));
    refuses(Cause.BAD_ALIGNMENT, "not a multiple of 32 (key 'general.alignment' is 1)");
  }

  @Test
  void refusesBrokenVocabularies() throws IOException {
    values.put("tokenizer.ggml.scores", GgufValue.array(GgufArray.ofFloats(0, 0)));
    refuses(Cause.BAD_VOCABULARY, "2 values for 8 tokens");
    values.remove("tokenizer.ggml.scores");
    values.put(
        "tokenizer.ggml.tokens",
        GgufValue.array(GgufArray.ofTexts(List.of("a", "b", "", "c", "[EMPTY_2]", "d", "e", "f"))));
    refuses(Cause.BAD_VOCABULARY, "equal tokens at 2 and 4");
    values.remove("tokenizer.ggml.tokens");
    refuses(Cause.BAD_VOCABULARY, "is missing");
  }

  private GgufModel model() throws IOException {
    Path path = folder.resolve("sample.gguf");
    GgufWriter.write(path, new Metadata(values), tensors);
    return GgufModel.read(path);
  }

  private void refuses(Cause cause, String message) throws IOException {
    refuses(model(), cause, message);
  }

  private static void refuses(GgufModel model, Cause cause, String message) {
    assertThatExceptionOfType(GgufException.class)
        .isThrownBy(() -> ModelCheck.check(model))
        .withMessageContaining(message)
        .satisfies(refusal -> assertThat(refusal.cause()).isEqualTo(cause));
  }
}
