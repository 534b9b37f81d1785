package dev.flotilla.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.flotilla.gguf.GgufException.Cause;
import dev.flotilla.gguf.SlicePlan.SliceTensor;
import dev.flotilla.gguf.forge.ForgeArchitecture;
import dev.flotilla.gguf.forge.ForgeSpec;
import dev.flotilla.gguf.forge.ModelForge;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LayerSlicerTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BERT")
  void everyCutIsAWellFormedModelWithTheSameWeights(ForgeArchitecture architecture)
      throws IOException {
    GgufModel model = forge(ForgeSpec.small(architecture));
    Map<String, String> digests = TensorDigests.of(model);
    for (int from = 0; from < 4; from++) {
      for (int to = from + 1; to <= 4; to++) {
        SlicePlan plan = LayerSlicer.plan(model, new LayerRange(from, to));
        Path path = folder.resolve("slice.gguf");
        LayerSlicer.write(plan, model, path);
        GgufModel slice = GgufModel.read(path);
        assertThat(ModelCheck.check(slice).dimensions().layers()).isEqualTo(to - from);
        assertSameWeights(plan, digests, TensorDigests.of(slice));
      }
    }
  }

  private static void assertSameWeights(
      SlicePlan plan, Map<String, String> expected, Map<String, String> written) {
    assertThat(written).hasSameSizeAs(plan.tensors());
    for (SliceTensor tensor : plan.tensors()) {
      if (tensor.source().isPresent()) {
        assertThat(written)
            .containsEntry(tensor.name(), expected.get(tensor.source().get().name()));
      }
    }
  }

  @Test
  void aSliceOfAllLayersIsTheModel() throws IOException {
    GgufModel model = forge(ForgeSpec.small(ForgeArchitecture.GEMMA3));
    SlicePlan plan = LayerSlicer.plan(model, LayerRange.all(4));
    assertThat(plan.metadata()).isEqualTo(model.metadata());
    Path path = folder.resolve("all.gguf");
    LayerSlicer.write(plan, model, path);
    assertThat(path).hasSameBinaryContentAs(model.files().getFirst().path());
  }

  @Test
  void theFirstStageHasTheEmbeddingAndTheVocabulary() throws IOException {
    SlicePlan plan = plan(ForgeSpec.small(ForgeArchitecture.LLAMA), 0, 1);
    assertThat(source(plan, "token_embd.weight")).isPresent();
    assertThat(source(plan, "output.weight")).isEmpty();
    assertThat(tensor(plan, "output.weight").shape()).containsExactly(64L, 320L);
    assertThat(source(plan, "output_norm.weight")).isEmpty();
    assertThat(plan.metadata().has("tokenizer.ggml.tokens")).isTrue();
  }

  @Test
  void aMiddleStageHasNeitherEndNorVocabulary() throws IOException {
    SlicePlan plan = plan(ForgeSpec.small(ForgeArchitecture.LLAMA), 1, 3);
    assertThat(tensor(plan, "token_embd.weight").shape()).containsExactly(64L, 1L);
    assertThat(tensor(plan, "output.weight").shape()).containsExactly(64L, 1L);
    assertThat(plan.sources())
        .extracting(SlicePlan.SourceTensor::name)
        .allMatch(name -> name.startsWith("blk.1.") || name.startsWith("blk.2."));
    assertThat(plan.metadata().text("tokenizer.ggml.model")).contains("no_vocab");
    assertThat(plan.metadata().u32("llama.vocab_size")).isEqualTo(OptionalLong.of(1));
    assertThat(plan.metadata().has("tokenizer.ggml.tokens")).isFalse();
    assertThat(plan.metadata().u32("flotilla.slice.from")).isEqualTo(OptionalLong.of(1));
  }

  @Test
  void theLastStageHasTheHead() throws IOException {
    SlicePlan plan = plan(ForgeSpec.small(ForgeArchitecture.LLAMA), 3, 4);
    assertThat(source(plan, "output.weight")).isPresent();
    assertThat(source(plan, "output_norm.weight")).isPresent();
    assertThat(source(plan, "token_embd.weight")).isEmpty();
    assertThat(tensor(plan, "token_embd.weight").shape()).containsExactly(64L, 320L);
    assertThat(source(plan, "blk.0.attn_q.weight"))
        .hasValueSatisfying(s -> assertThat(s.name()).isEqualTo("blk.3.attn_q.weight"));
  }

  @Test
  void aTiedHeadIsTheEmbedding() throws IOException {
    SlicePlan plan = plan(ForgeSpec.small(ForgeArchitecture.LLAMA).withTied(true), 3, 4);
    assertThat(source(plan, "token_embd.weight")).isPresent();
  }

  @Test
  void laterStagesAddNoPositions() throws IOException {
    ForgeSpec spec = ForgeSpec.small(ForgeArchitecture.GPT2);
    assertThat(source(plan(spec, 0, 2), "position_embd.weight")).isPresent();
    assertThat(source(plan(spec, 2, 4), "position_embd.weight")).isEmpty();
  }

  @Test
  void laterStagesDoNotScaleTheirInput() throws IOException {
    ForgeSpec spec = ForgeSpec.small(ForgeArchitecture.GRANITE);
    assertThat(plan(spec, 0, 2).metadata().value("granite.embedding_scale"))
        .contains(GgufValue.f32(6));
    assertThat(plan(spec, 2, 4).metadata().value("granite.embedding_scale"))
        .contains(GgufValue.f32(0));
  }

  @Test
  void layersKeepTheirWindows() throws IOException {
    ForgeSpec gemma3 = ForgeSpec.small(ForgeArchitecture.GEMMA3).withLayers(8);
    assertThat(windows(plan(gemma3, 4, 8)))
        .isEqualTo(GgufArray.ofBools(List.of(true, false, true, true)));
    assertThat(plan(gemma3, 5, 6).metadata().u32("gemma3.attention.sliding_window"))
        .isEqualTo(OptionalLong.of(0));
    ForgeSpec gemma2 = ForgeSpec.small(ForgeArchitecture.GEMMA2);
    assertThat(windows(plan(gemma2, 1, 4)))
        .isEqualTo(GgufArray.ofBools(List.of(false, true, false)));
    assertThat(windows(plan(gemma2, 1, 2))).isEqualTo(GgufArray.ofBools(List.of(true)));
    assertThat(plan(gemma2, 1, 2).metadata().u32("gemma2.attention.sliding_window").orElseThrow())
        .isGreaterThan(gemma2.context());
  }

  private static GgufArray windows(SlicePlan plan) throws GgufException {
    String architecture = plan.metadata().text("general.architecture").orElseThrow();
    return plan.metadata()
        .array(architecture + ".attention.sliding_window_pattern", ValueType.BOOL)
        .orElseThrow();
  }

  @Test
  void valuesPerLayerAreCut() throws IOException {
    SlicePlan plan = plan(Map.of(), 1, 2);
    assertThat(plan.metadata().array("llama.feed_forward_length", ValueType.I32))
        .contains(GgufArray.ofInts(96));
    assertThat(plan(Map.of("leading_dense_block_count", 1), 1, 2).metadata())
        .returns(0, metadata -> (int) u32(metadata, "llama.leading_dense_block_count"));
    assertThat(plan(Map.of("leading_dense_block_count", 2), 0, 1).metadata())
        .returns(1, metadata -> (int) u32(metadata, "llama.leading_dense_block_count"));
  }

  private static long u32(Metadata metadata, String key) {
    return metadata.values().get(key) instanceof GgufValue.Whole(ValueType _, long value)
        ? value
        : -1;
  }

  @Test
  void partsOfASplitModelAreCutTogether() throws IOException {
    GgufModel whole = forge(ForgeSpec.small(ForgeArchitecture.QWEN2));
    GgufModel split = split(whole);
    SlicePlan plan = LayerSlicer.plan(split, new LayerRange(1, 4));
    assertThat(plan.sources()).extracting(SlicePlan.SourceTensor::file).contains(0, 1, 2);
    assertThat(plan.metadata().values()).doesNotContainKey("split.count");
    Path path = folder.resolve("slice.gguf");
    LayerSlicer.write(plan, split, path);
    Path expected = folder.resolve("expected.gguf");
    LayerSlicer.write(LayerSlicer.plan(whole, new LayerRange(1, 4)), whole, expected);
    assertThat(path).hasSameBinaryContentAs(expected);
  }

  private GgufModel split(GgufModel model) throws IOException {
    GgufFile file = model.files().getFirst();
    List<TensorInfo> tensors = new ArrayList<>(file.tensors().values());
    int perPart = tensors.size() / 3 + 1;
    for (int part = 0; part < 3; part++) {
      SequencedMap<String, GgufValue> values =
          new LinkedHashMap<>(part == 0 ? model.metadata().values() : Map.of());
      values.put("split.no", new GgufValue.Whole(ValueType.U16, part));
      values.put("split.count", new GgufValue.Whole(ValueType.U16, 3));
      values.put("split.tensors.count", new GgufValue.Whole(ValueType.I32, tensors.size()));
      GgufWriter.write(
          folder.resolve(new SplitName("split", part + 1, 3).fileName()),
          new Metadata(values),
          tensors.subList(part * perPart, Math.min((part + 1) * perPart, tensors.size())).stream()
              .map(tensor ->
                  new GgufWriter.Tensor(
                      tensor.name(),
                      tensor.shape(),
                      tensor.type(),
                      TensorSource.of(file.path(), file.position(tensor))))
              .toList());
    }
    return GgufModel.read(folder.resolve(new SplitName("split", 1, 3).fileName()));
  }

  @Test
  void refusesLayersThatTheModelDoesNotHave() throws IOException {
    GgufModel model = forge(ForgeSpec.small(ForgeArchitecture.LLAMA));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LayerSlicer.plan(model, new LayerRange(2, 5)));
    assertThatIllegalArgumentException().isThrownBy(() -> new LayerRange(2, 2));
  }

  @Test
  void refusesModelsThatCannotBeCut() throws IOException {
    GgufModel bert = forge(ForgeSpec.small(ForgeArchitecture.BERT));
    refuses(bert, "tensor 'token_embd_norm.weight' is applied to every input");
    refuses(sample(Map.of("nextn_predict_layers", 1)), "ties layers together");
    refuses(sample(Map.of("interleave_moe_layer_step", 2)), "layer 1 is no multiple of 2");
  }

  @Test
  void refusesArraysThatDoNotFitTheLayers() throws IOException {
    for (GgufArray pattern : List.of(GgufArray.ofInts(1), GgufArray.ofFloats(1, 0))) {
      SequencedMap<String, GgufValue> values = ModelSamples.gemma2();
      values.put("gemma2.attention.sliding_window_pattern", GgufValue.array(pattern));
      refuses(sample(values), "'gemma2.attention.sliding_window_pattern'");
    }
  }

  private static void refuses(GgufModel model, String message) {
    assertThatExceptionOfType(GgufException.class)
        .isThrownBy(() -> LayerSlicer.plan(model, new LayerRange(1, 2)))
        .withMessageContaining(message)
        .satisfies(refusal -> assertThat(refusal.cause()).isEqualTo(Cause.UNSLICEABLE));
  }

  private SlicePlan plan(ForgeSpec spec, int from, int to) throws IOException {
    return LayerSlicer.plan(forge(spec), new LayerRange(from, to));
  }

  private SlicePlan plan(Map<String, Integer> more, int from, int to) throws IOException {
    return LayerSlicer.plan(sample(more), new LayerRange(from, to));
  }

  private GgufModel sample(Map<String, Integer> more) throws IOException {
    SequencedMap<String, GgufValue> values = ModelSamples.llama();
    more.forEach((key, value) -> values.put("llama." + key, GgufValue.u32(value)));
    return sample(values);
  }

  private GgufModel sample(SequencedMap<String, GgufValue> values) throws IOException {
    Path path = folder.resolve("sample.gguf");
    GgufWriter.write(path, new Metadata(values), ModelSamples.llamaTensors(2));
    return GgufModel.read(path);
  }

  private GgufModel forge(ForgeSpec spec) throws IOException {
    return GgufModel.read(ModelForge.write(spec, folder.resolve("model.gguf")));
  }

  private static SliceTensor tensor(SlicePlan plan, String name) {
    return plan.tensors().stream().filter(t -> t.name().equals(name)).findFirst().orElseThrow();
  }

  private static Optional<SlicePlan.SourceTensor> source(SlicePlan plan, String name) {
    return tensor(plan, name).source();
  }
}
