package dev.flotilla.node.federation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.gguf.GgufModel;
import dev.flotilla.gguf.SharedFiles;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFingerprintTest {
  private final Path story = SharedFiles.require("models/stories260K.gguf");
  @TempDir private Path folder;

  private static String of(Path file) throws Exception {
    return ModelFingerprint.of(GgufModel.read(file));
  }

  @Test
  void copiesHaveTheSameAndOtherModelsAnother() throws Exception {
    Path copy = Files.copy(story, folder.resolve("another name.gguf"));
    assertThat(of(copy)).isEqualTo(of(story)).matches("[0-9a-f]{64}");
    assertThat(of(SharedFiles.require("models/TinyStories-656K-Q8_0.gguf")))
        .isNotEqualTo(of(story));
  }

  /** Weights that were trained on differ everywhere. */
  @Test
  void otherWeightsUnderTheSameHeadersAreAnotherModel() throws Exception {
    Path tuned = Files.copy(story, folder.resolve("tuned.gguf"));
    long data = GgufModel.read(tuned).files().getFirst().dataOffset();
    try (FileChannel channel = FileChannel.open(tuned, StandardOpenOption.WRITE)) {
      for (long at = data + 4; at < channel.size() - 4; at += 4_096) {
        channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4}), at);
      }
    }
    assertThat(of(tuned)).isNotEqualTo(of(story));
  }
}
