package dev.flotilla.sharding.store;

import dev.flotilla.gguf.GgufFile;
import dev.flotilla.gguf.GgufModel;
import dev.flotilla.gguf.TensorDigests;
import dev.flotilla.gguf.TensorInfo;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Manifests of this machine's own models. To make one, every byte of the model is read once, by one
 * thread; it is kept beside the cache until a file of the model changes.
 */
public final class ManifestLibrary implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ManifestLibrary.class);

  /** How many models may wait to be read. */
  static final int MAX_WAITING = 64;

  private final Path folder;
  private final ExecutorService reader =
      new ThreadPoolExecutor(
          0,
          1,
          10,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(MAX_WAITING),
          Thread.ofPlatform().name("manifest-reader").daemon().factory());

  /**
   * Manifests kept in a folder.
   *
   * @param folder created if it is missing
   */
  public ManifestLibrary(Path folder) {
    this.folder = folder;
  }

  /**
   * The manifest of a model.
   *
   * @param progress told how much is read, from 0 to 1, on the reading thread
   * @return fails with a {@link StoreException}; at once if too many models wait
   */
  public CompletableFuture<ModelManifest> manifest(GgufModel model, DoubleConsumer progress) {
    CompletableFuture<ModelManifest> result = new CompletableFuture<>();
    try {
      reader.execute(() -> {
        try {
          result.complete(keptOrMade(model, progress));
        } catch (IOException problem) {
          result.completeExceptionally(problem);
        } catch (RuntimeException problem) {
          result.completeExceptionally(problem);
          throw problem;
        }
      });
    } catch (RejectedExecutionException full) {
      result.completeExceptionally(
          new StoreException(StoreFailure.STORAGE, "too many models wait to be read", full));
    }
    return result;
  }

  private ModelManifest keptOrMade(GgufModel model, DoubleConsumer progress) throws IOException {
    Path kept = folder.resolve(Sha256.of(identity(model).getBytes(StandardCharsets.UTF_8)));
    try {
      byte[] bytes = Files.readAllBytes(kept);
      ModelManifest manifest = ManifestJson.decode(bytes, Sha256.of(bytes));
      manifest.requireDescribes(model);
      progress.accept(1);
      return manifest;
    } catch (NoSuchFileException notYet) {
      log.debug("{} is read for the first time", model.files().getFirst().path());
    } catch (StoreException spoiled) {
      log.warn("{} is made again: {}", kept, spoiled.getMessage());
    }
    ModelManifest manifest = make(model, progress);
    Files.createDirectories(folder);
    AtomicFiles.write(kept, ManifestJson.encode(manifest));
    return manifest;
  }

  /** Says which files these are, and changes when one of them does. */
  private static String identity(GgufModel model) throws IOException {
    StringBuilder identity = new StringBuilder("manifest " + ManifestJson.VERSION);
    for (GgufFile file : model.files()) {
      BasicFileAttributes attributes = Files.readAttributes(file.path(), BasicFileAttributes.class);
      identity
          .append('\n')
          .append(file.path().toAbsolutePath())
          .append('\n')
          .append(attributes.size())
          .append(' ')
          .append(attributes.lastModifiedTime())
          .append(' ')
          .append(attributes.fileKey());
    }
    return identity.toString();
  }

  private static ModelManifest make(GgufModel model, DoubleConsumer progress) throws IOException {
    long total = Math.max(1, model.tensors().mapToLong(TensorInfo::bytes).sum());
    long done = 0;
    Map<String, String> tensors = new HashMap<>();
    List<String> headers = new ArrayList<>();
    for (GgufFile file : model.files()) {
      try (FileChannel channel = FileChannel.open(file.path(), StandardOpenOption.READ)) {
        headers.add(TensorDigests.of(channel, 0, file.dataOffset()));
        for (TensorInfo tensor : file.tensors().values()) {
          tensors.put(
              tensor.name(), TensorDigests.of(channel, file.position(tensor), tensor.bytes()));
          done += tensor.bytes();
          progress.accept((double) done / total);
        }
      }
    }
    return ModelManifest.of(model, tensors, headers);
  }

  /** Lets the model that is being read go. */
  @Override
  public void close() {
    reader.shutdownNow();
  }
}
