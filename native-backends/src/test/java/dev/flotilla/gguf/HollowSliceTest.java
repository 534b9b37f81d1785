package dev.flotilla.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.flotilla.gguf.forge.ForgeArchitecture;
import dev.flotilla.gguf.forge.ForgeSpec;
import dev.flotilla.gguf.forge.ModelForge;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HollowSliceTest {
  private static final LayerRange MIDDLE = new LayerRange(1, 3);

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BERT")
  void itIsTheSliceButForItsWeights(ForgeArchitecture architecture) throws IOException {
    GgufModel model = forge(architecture);
    SlicePlan plan = LayerSlicer.plan(model, MIDDLE);
    Path whole = folder.resolve("slice.gguf");
    Path hollow = folder.resolve("hollow.gguf");
    LayerSlicer.write(plan, model, whole);
    HollowSlice slice = HollowSlice.of(plan);
    slice.write(hollow);

    assertThat(Files.size(hollow)).isEqualTo(slice.fileBytes()).isEqualTo(Files.size(whole));
    assertThat(GgufReader.read(hollow).tensors()).isEqualTo(GgufReader.read(whole).tensors());
    assertThat(GgufReader.read(hollow).metadata()).isEqualTo(GgufReader.read(whole).metadata());
    byte[] weights = Files.readAllBytes(hollow);
    int header = slice.header().length;
    assertThat(weights).startsWith(slice.header());
    assertThat(Arrays.copyOfRange(weights, header, weights.length)).containsOnly(0);
  }

  @Test
  void aStrangersIsRefusedIfItIsNoModel() throws IOException {
    HollowSlice slice = HollowSlice.of(LayerSlicer.plan(forge(ForgeArchitecture.LLAMA), MIDDLE));
    Path path = folder.resolve("hollow.gguf");
    HollowSlice cut =
        new HollowSlice(Arrays.copyOf(slice.header(), slice.header().length / 2), 1 << 20);
    assertThatExceptionOfType(GgufException.class).isThrownBy(() -> cut.write(path));
    HollowSlice small = new HollowSlice(slice.header(), slice.fileBytes() / 2);
    assertThatExceptionOfType(GgufException.class).isThrownBy(() -> small.write(path));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new HollowSlice(slice.header(), slice.header().length - 1));
    assertThatIllegalArgumentException().isThrownBy(() -> new HollowSlice(new byte[0], 1));
  }

  private GgufModel forge(ForgeArchitecture architecture) throws IOException {
    Path path = folder.resolve("model.gguf");
    ModelForge.write(ForgeSpec.small(architecture), path);
    return GgufModel.read(path);
  }
}
