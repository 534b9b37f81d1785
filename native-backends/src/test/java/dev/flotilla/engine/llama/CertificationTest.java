package dev.flotilla.engine.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.engine.Batch;
import dev.flotilla.engine.Certification;
import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.Stage;
import dev.flotilla.gguf.GgmlType;
import dev.flotilla.gguf.GgufModel;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.gguf.LayerSlicer;
import dev.flotilla.gguf.forge.ForgeArchitecture;
import dev.flotilla.gguf.forge.ForgeSpec;
import dev.flotilla.gguf.forge.ModelForge;
import java.nio.IntBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What {@link Certification} stands on: over every cut of a small model, the stages together give
 * bit for bit the logits of the whole, when prompts are read and when tokens follow one by one,
 * with several sequences in a batch, some of other lengths, some not next to each other.
 */
class CertificationTest {
  private static final int CONTEXT = 128;
  private static final int SLOTS = 4;
  private static final int WINDOW_PERIOD_OF_GEMMA3 = 6;

  @TempDir private Path folder;

  static List<ForgeSpec> models() {
    ForgeSpec llama = ForgeSpec.small(ForgeArchitecture.LLAMA);
    return Stream.concat(
            Stream.of(
                llama.withTied(true),
                llama.withType(GgmlType.Q8_0),
                llama.withType(GgmlType.F16).withSlidingWindow(32), // as Mistral
                llama.withExperts(4, 2), // as Mixtral
                ForgeSpec.small(ForgeArchitecture.QWEN2).withTied(true),
                ForgeSpec.small(ForgeArchitecture.QWEN3).withTied(true),
                ForgeSpec.small(ForgeArchitecture.GEMMA3).withLayers(WINDOW_PERIOD_OF_GEMMA3 + 1)),
            Stream.of(ForgeArchitecture.values())
                .filter(each -> Certification.architectures().contains(each.label()))
                .map(ForgeSpec::small))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("models")
  void stagesGiveTheLogitsOfTheWholeModel(ForgeSpec spec) throws Exception {
    GgufModel model = GgufModel.read(ModelForge.write(spec, folder.resolve("model.gguf")));
    Map<LayerRange, LlamaStage> stages = new HashMap<>();
    try {
      List<float[]> whole = answers(List.of(load(stages, model, LayerRange.all(spec.layers()))));
      assertThat(whole).allSatisfy(logits -> assertThat(logits).doesNotContain(Float.NaN));
      for (List<LayerRange> cut : cuts(spec.layers())) {
        List<LlamaStage> chain = new ArrayList<>();
        for (LayerRange range : cut) {
          chain.add(load(stages, model, range));
        }
        assertThat(bits(answers(chain))).as("%s", cut).isEqualTo(bits(whole));
      }
    } finally {
      stages.values().forEach(Stage::close);
    }
  }

  @Test
  void partsKnowWhetherTheirMemoryForgets() throws Exception {
    assertThat(secondPartCanTrim(ForgeSpec.small(ForgeArchitecture.LLAMA))).isTrue();
    assertThat(secondPartCanTrim(ForgeSpec.small(ForgeArchitecture.QWEN3))).isTrue();
    assertThat(secondPartCanTrim(ForgeSpec.small(ForgeArchitecture.GEMMA2))).isFalse();
    assertThat(secondPartCanTrim(ForgeSpec.small(ForgeArchitecture.GEMMA3))).isFalse();
    assertThat(secondPartCanTrim(ForgeSpec.small(ForgeArchitecture.PHI3))).isTrue();
  }

  private boolean secondPartCanTrim(ForgeSpec spec) throws Exception {
    GgufModel model = GgufModel.read(ModelForge.write(spec, folder.resolve("model.gguf")));
    try (Stage part = load(new HashMap<>(), model, new LayerRange(1, spec.layers()))) {
      return part.canTrim();
    }
  }

  @Test
  void everyCertifiedArchitectureIsTested() {
    assertThat(
            models().stream().map(spec -> spec.architecture().label()).collect(Collectors.toSet()))
        .isEqualTo(Certification.architectures());
  }

  @Test
  void otherArchitecturesAreRefusedByName() {
    assertThatThrownBy(() -> Certification.require("gpt2"))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("gpt2");
  }

  private static List<IntBuffer> bits(List<float[]> logits) {
    return logits.stream()
        .map(row -> {
          IntBuffer bits = IntBuffer.allocate(row.length);
          for (int i = 0; i < row.length; i++) {
            bits.put(i, Float.floatToRawIntBits(row[i]));
          }
          return bits;
        })
        .toList();
  }

  /** Every way to make up to three stages, so that every range occurs; and one stage per layer. */
  private static List<List<LayerRange>> cuts(int layers) {
    List<List<LayerRange>> cuts = new ArrayList<>();
    for (int first = 1; first < layers; first++) {
      cuts.add(List.of(new LayerRange(0, first), new LayerRange(first, layers)));
      for (int second = first + 1; second < layers; second++) {
        cuts.add(
            List.of(
                new LayerRange(0, first),
                new LayerRange(first, second),
                new LayerRange(second, layers)));
      }
    }
    List<LayerRange> single = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      single.add(new LayerRange(layer, layer + 1));
    }
    cuts.add(single);
    return cuts;
  }

  private LlamaStage load(Map<LayerRange, LlamaStage> stages, GgufModel model, LayerRange range)
      throws Exception {
    LlamaStage known = stages.get(range);
    if (known != null) {
      return known;
    }
    Path slice = folder.resolve(range.from() + "-" + range.to() + ".gguf");
    LayerSlicer.write(LayerSlicer.plan(model, range), model, slice);
    LlamaStage stage = NativeTests.stage(NativeTests.options(slice, CONTEXT, SLOTS));
    stages.put(range, stage);
    assertThat(stage.facts().layers()).isEqualTo(range);
    return stage;
  }

  /** The logits of the output rows of a few batches, on empty caches. */
  private static List<float[]> answers(List<LlamaStage> chain) {
    Conversation conversation = new Conversation(chain);
    conversation.read(new int[] {0, 1}, new int[] {40, 7});
    conversation.read(new int[] {0, 1}, new int[] {1, 1});
    conversation.read(new int[] {0, 1}, new int[] {1, 1});
    conversation.read(new int[] {3}, new int[] {21});
    conversation.read(new int[] {0, 1, 3}, new int[] {1, 1, 1});
    conversation.read(new int[] {0, 1, 2, 3}, new int[] {3, 1, 11, 1});
    conversation.forget(0, 20);
    conversation.read(new int[] {0, 2}, new int[] {5, 1});
    return conversation.logits;
  }

  /** Feeds made-up tokens to all stages in turn. */
  private static final class Conversation {
    private final List<LlamaStage> chain;
    private final Batch batch = new Batch(256);
    private final int[] lengths = new int[SLOTS];
    private final List<float[]> logits = new ArrayList<>();

    Conversation(List<LlamaStage> chain) {
      this.chain = chain;
      for (int slot = 0; slot < SLOTS; slot++) {
        forget(slot, 0);
      }
    }

    void forget(int slot, int length) {
      int least = Math.min(length, lengths[slot]);
      boolean kept = true;
      for (LlamaStage stage : chain) {
        kept &= stage.truncate(slot, least);
      }
      if (!kept) {
        chain.forEach(stage -> stage.truncate(slot, 0));
      }
      lengths[slot] = kept ? least : 0;
    }

    void read(int[] slots, int[] counts) {
      batch.clear();
      for (int i = 0; i < slots.length; i++) {
        for (int token = 0; token < counts[i]; token++) {
          int position = lengths[slots[i]]++;
          int id = 3 + (7 * position + 31 * slots[i] + position * position) % 250;
          batch.add(id, position, slots[i], token == counts[i] - 1);
        }
      }
      for (LlamaStage stage : chain) {
        assertThat(stage.run(batch)).isTrue();
      }
      for (int row = 0; row < batch.size(); row++) {
        if (batch.output(row)) {
          logits.add(chain.getLast().logits(row));
        }
      }
    }
  }
}
