package dev.flotilla.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.flotilla.gguf.GgufException.Cause;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufModelTest {
  private static final int TENSORS = 6;
  @TempDir private Path folder;

  @Test
  void namesOfPartsAreReadAndWritten() {
    SplitName name = SplitName.parse("qwen-00002-of-00003.gguf").orElseThrow();
    assertThat(name).isEqualTo(new SplitName("qwen", 2, 3));
    assertThat(name.siblings(Path.of("models", "qwen-00002-of-00003.gguf")))
        .containsExactly(
            Path.of("models", "qwen-00001-of-00003.gguf"),
            Path.of("models", "qwen-00002-of-00003.gguf"),
            Path.of("models", "qwen-00003-of-00003.gguf"));
    assertThat(SplitName.parse("qwen-00004-of-00003.gguf")).isEmpty();
    assertThat(SplitName.parse("qwen-00000-of-00003.gguf")).isEmpty();
    assertThat(SplitName.parse("qwen.gguf")).isEmpty();
  }

  @Test
  void anyPartStandsForAll() throws IOException {
    writeParts(TENSORS);
    for (int part = 0; part < 3; part++) {
      GgufModel model = GgufModel.read(path(part));
      assertThat(model.files())
          .extracting(GgufFile::path)
          .containsExactly(path(0), path(1), path(2));
      assertThat(model.tensors()).hasSize(TENSORS);
      assertThat(model.tensor("output_norm.weight")).isPresent();
      assertThat(ModelCheck.check(model).dimensions().layers()).isEqualTo(2);
    }
  }

  @Test
  void refusesMissingParts() throws IOException {
    writeParts(TENSORS);
    Files.delete(path(1));
    refuses(path(0), Cause.BAD_SPLIT, "part 2 of 3 is missing");
  }

  @Test
  void refusesOtherNames() throws IOException {
    writeParts(TENSORS);
    Path renamed = Files.move(path(0), folder.resolve("renamed.gguf"));
    refuses(renamed, Cause.BAD_SPLIT, "not named like one");
  }

  @Test
  void refusesPartsInTheWrongPlace() throws IOException {
    writeParts(TENSORS);
    Files.copy(path(1), path(2), StandardCopyOption.REPLACE_EXISTING);
    refuses(path(0), Cause.BAD_SPLIT, "split.no");
  }

  @Test
  void refusesOtherTensorCounts() throws IOException {
    writeParts(TENSORS + 1);
    refuses(path(0), Cause.BAD_SPLIT, "split.tensors.count");
  }

  @Test
  void refusesTensorsInTwoParts() throws IOException {
    writeParts(TENSORS);
    writePart(2, TENSORS, ModelSamples.llamaTensors(2).subList(1, 3));
    refuses(path(0), Cause.DUPLICATE_TENSOR, "also in an earlier part");
  }

  private void writeParts(int announcedTensors) throws IOException {
    List<GgufWriter.Tensor> tensors = ModelSamples.llamaTensors(2);
    for (int part = 0; part < 3; part++) {
      writePart(part, announcedTensors, tensors.subList(2 * part, 2 * part + 2));
    }
  }

  private void writePart(int part, int announcedTensors, List<GgufWriter.Tensor> tensors)
      throws IOException {
    SequencedMap<String, GgufValue> values = ModelSamples.llama();
    values.put("split.no", new GgufValue.Whole(ValueType.U16, part));
    values.put("split.count", new GgufValue.Whole(ValueType.U16, 3));
    values.put("split.tensors.count", new GgufValue.Whole(ValueType.I32, announcedTensors));
    GgufWriter.write(path(part), new Metadata(values), tensors);
  }

  private Path path(int part) {
    return folder.resolve(new SplitName("model", part + 1, 3).fileName());
  }

  private static void refuses(Path path, Cause cause, String message) {
    assertThatExceptionOfType(GgufException.class)
        .isThrownBy(() -> GgufModel.read(path))
        .withMessageContaining(message)
        .satisfies(refusal -> assertThat(refusal.cause()).isEqualTo(cause));
  }
}
