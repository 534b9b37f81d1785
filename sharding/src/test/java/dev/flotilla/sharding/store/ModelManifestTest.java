package dev.flotilla.sharding.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.gguf.GgufModel;
import dev.flotilla.gguf.TensorDigests;
import dev.flotilla.sharding.store.ModelManifest.Tensor;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelManifestTest {
  @TempDir private Path folder;
  private TestingModel model;
  private byte[] encoded;

  @BeforeEach
  void publish() throws Exception {
    model = TestingModel.in(folder);
    encoded = ManifestJson.encode(model.manifest());
  }

  /** Reads bytes as a peer would who believes the sender's id of them. */
  private static ModelManifest decode(byte[] bytes) throws StoreException {
    return ManifestJson.decode(bytes, Sha256.of(bytes));
  }

  @Test
  void saysWhatTheModelIs() throws Exception {
    assertThat(model.manifest().layers()).isEqualTo(4);
    Map<String, String> digests = TensorDigests.of(model.model());
    assertThat(model.manifest().tensors())
        .hasSize(digests.size())
        .allSatisfy(tensor -> assertThat(digests).containsEntry(tensor.name(), tensor.sha256()));
  }

  @Test
  void whatItWritesItReads() throws StoreException {
    assertThat(decode(encoded)).isEqualTo(model.manifest());
    assertThat(model.contentId()).isEqualTo(model.manifest().contentId());
  }

  @Test
  void isReadOnceForEachVersionOfAFile() throws Exception {
    try (ManifestLibrary library = new ManifestLibrary(folder.resolve("manifests"))) {
      assertThat(steps(library)).as("kept").isEqualTo(1);
      Path file = model.model().files().getFirst().path();
      Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000));
      assertThat(steps(library)).as("the file has changed").isGreaterThan(1);
      assertThat(steps(library)).isEqualTo(1);
    }
  }

  private int steps(ManifestLibrary library) throws Exception {
    List<Double> progress = new ArrayList<>();
    GgufModel read = GgufModel.read(model.model().files().getFirst().path());
    assertThat(library.manifest(read, progress::add).get(30, TimeUnit.SECONDS))
        .isEqualTo(model.manifest());
    assertThat(progress).isSorted().last().isEqualTo(1.0);
    return progress.size();
  }

  @Test
  void refusesAnotherThanWasAskedFor() {
    assertThatThrownBy(() -> ManifestJson.decode(encoded, "0".repeat(64)))
        .hasMessageContaining("not the one that was asked for");
  }

  @Test
  void refusesAnyOtherEncoding() {
    byte[] spaced =
        new String(encoded, StandardCharsets.UTF_8)
            .replaceFirst(":", ": ")
            .getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> decode(spaced)).hasMessageContaining("one encoding");
  }

  @Test
  void refusesNamesThatLeaveTheFolder() {
    for (String name : List.of("../model.gguf", "a/b", ".hidden", "", "a\\\\b", "x".repeat(201))) {
      byte[] hostile =
          new String(encoded, StandardCharsets.UTF_8)
              .replace("\"model.gguf\"", "\"" + name + "\"")
              .getBytes(StandardCharsets.UTF_8);
      assertThatThrownBy(() -> decode(hostile)).as(name).isInstanceOf(StoreException.class);
    }
  }

  @Test
  void refusesTensorsOutsideTheirFile() {
    Tensor first = model.manifest().tensors().getFirst();
    String place = "%d,%d".formatted(first.position(), first.bytes());
    for (String hostile :
        List.of(
            "%d,%d".formatted(Long.MAX_VALUE, first.bytes()),
            "%d,%d".formatted(first.position(), Long.MAX_VALUE),
            "-1,%d".formatted(first.bytes()),
            "%d,-1".formatted(first.position()),
            "1e3,%d".formatted(first.bytes()))) {
      byte[] bytes =
          new String(encoded, StandardCharsets.UTF_8)
              .replace(place, hostile)
              .getBytes(StandardCharsets.UTF_8);
      assertThatThrownBy(() -> decode(bytes)).as(hostile).isInstanceOf(StoreException.class);
    }
  }

  @Test
  void enduresAnyBytes() throws Exception {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    int refused = 0;
    for (int round = 0; round < 2_000; round++) {
      byte[] bytes = encoded.clone();
      for (int change = random.nextInt(3); change >= 0; change--) {
        bytes[random.nextInt(bytes.length)] = (byte) "[]{}\",:-0129aEx".charAt(random.nextInt(15));
      }
      try {
        assertThat(ManifestJson.encode(decode(bytes))).isEqualTo(bytes);
      } catch (StoreException hostile) {
        assertThat(hostile.failure()).isEqualTo(StoreFailure.BAD_MANIFEST);
        refused++;
      }
    }
    assertThat(refused).isPositive();
  }

  @Test
  void aModelThatIsNotTheManifestsIsRefused() throws Exception {
    Tensor first = model.manifest().tensors().getFirst();
    List<Tensor> tensors = new ArrayList<>(model.manifest().tensors());
    tensors.set(
        0,
        new Tensor(
            first.name(),
            first.file(),
            first.position() - 32,
            first.bytes(),
            first.type(),
            first.shape(),
            first.sha256()));
    ModelManifest shifted =
        new ModelManifest(
            model.manifest().architecture(),
            model.manifest().layers(),
            model.manifest().parameters(),
            model.manifest().files(),
            tensors);
    assertThatThrownBy(() -> shifted.requireDescribes(model.model()))
        .hasMessageContaining(first.name());
  }
}
