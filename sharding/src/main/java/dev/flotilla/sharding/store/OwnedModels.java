package dev.flotilla.sharding.store;

import dev.flotilla.gguf.GgufModel;
import dev.flotilla.sharding.store.ModelManifest.Part;
import dev.flotilla.sharding.store.ModelManifest.Tensor;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Whole models on this machine, published to others. Thread-safe. */
public final class OwnedModels implements TensorHolder {
  private final Map<String, Owned> models = new ConcurrentHashMap<>();

  private record Owned(GgufModel model, ModelManifest manifest, byte[] encoded) {
    Path file(int index) {
      return model.files().get(index).path();
    }
  }

  /**
   * Publishes a model.
   *
   * @return its content id
   */
  public String publish(GgufModel model, ModelManifest manifest) {
    byte[] encoded = ManifestJson.encode(manifest);
    String contentId = Sha256.of(encoded);
    models.put(contentId, new Owned(model, manifest, encoded));
    return contentId;
  }

  /** Publishes a model no more. */
  public void withdraw(String contentId) {
    models.remove(contentId);
  }

  private Optional<Owned> owned(String contentId) {
    return Optional.ofNullable(models.get(contentId));
  }

  @Override
  public Optional<byte[]> manifest(String contentId) {
    return owned(contentId).map(Owned::encoded);
  }

  @Override
  public Optional<FileRange> header(String contentId, int file) {
    return owned(contentId)
        .filter(owned -> file >= 0 && file < owned.manifest().files().size())
        .map(owned -> {
          Part part = owned.manifest().files().get(file);
          return new FileRange(owned.file(file), 0, part.headerBytes());
        });
  }

  @Override
  public BitSet tensors(String contentId) {
    BitSet all = new BitSet();
    owned(contentId).ifPresent(owned -> all.set(0, owned.manifest().tensors().size()));
    return all;
  }

  @Override
  public Optional<FileRange> tensor(String contentId, int index) {
    return owned(contentId)
        .filter(owned -> index >= 0 && index < owned.manifest().tensors().size())
        .map(owned -> {
          Tensor tensor = owned.manifest().tensors().get(index);
          return new FileRange(owned.file(tensor.file()), tensor.position(), tensor.bytes());
        });
  }
}
