package dev.flotilla.sharding.store;

import dev.flotilla.gguf.GgufModel;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.gguf.LayerSlicer;
import dev.flotilla.gguf.forge.ForgeArchitecture;
import dev.flotilla.gguf.forge.ForgeSpec;
import dev.flotilla.gguf.forge.ModelForge;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * A small forged model of four layers, published.
 *
 * @param owned holds it
 */
record TestingModel(GgufModel model, ModelManifest manifest, OwnedModels owned, String contentId) {

  static TestingModel in(Path folder) throws Exception {
    Path file =
        ModelForge.write(ForgeSpec.small(ForgeArchitecture.LLAMA), folder.resolve("model.gguf"));
    GgufModel model = GgufModel.read(file);
    try (ManifestLibrary library = new ManifestLibrary(folder.resolve("manifests"))) {
      ModelManifest manifest = library.manifest(model, _ -> {}).get(30, TimeUnit.SECONDS);
      OwnedModels owned = new OwnedModels();
      return new TestingModel(model, manifest, owned, owned.publish(model, manifest));
    }
  }

  StageKey key(int from, int to) {
    return new StageKey(contentId, new LayerRange(from, to));
  }

  long bytes(StageKey key) throws IOException {
    return LayerSlicer.plan(model, key.range()).sourceBytes();
  }

  /** The slice as the owner would write it. */
  Path written(StageKey key, Path folder) throws IOException {
    Path file = folder.resolve("written.gguf");
    LayerSlicer.write(LayerSlicer.plan(model, key.range()), model, file);
    return file;
  }
}
