package dev.flotilla.sharding.store;

import dev.flotilla.gguf.GgufModel;
import dev.flotilla.sharding.store.ModelManifest.Part;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known of models whose weights are elsewhere: their manifests, and their files with
 * headers only. The rest of these is a hole, so that they have the model's size and take no space,
 * and everything that reads headers works on them.
 */
final class ModelFolder {
  private static final Logger log = LoggerFactory.getLogger(ModelFolder.class);
  private static final String MANIFEST = "manifest.json";

  private final Path folder;

  ModelFolder(Path folder) {
    this.folder = folder;
  }

  Optional<byte[]> manifestBytes(String contentId) throws IOException {
    if (!Sha256.isDigest(contentId)) {
      return Optional.empty();
    }
    try {
      return Optional.of(Files.readAllBytes(of(contentId).resolve(MANIFEST)));
    } catch (NoSuchFileException unknown) {
      return Optional.empty();
    }
  }

  /** A model's manifest, if it is known and unspoiled. */
  Optional<ModelManifest> manifest(String contentId) throws IOException {
    Optional<byte[]> bytes = manifestBytes(contentId);
    if (bytes.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(ManifestJson.decode(bytes.get(), contentId));
    } catch (StoreException spoiled) {
      log.warn("a kept manifest is fetched again: {}", spoiled.getMessage());
      return Optional.empty();
    }
  }

  void keepManifest(ModelManifest manifest) throws IOException {
    byte[] encoded = ManifestJson.encode(manifest);
    Path model = Files.createDirectories(of(Sha256.of(encoded)));
    AtomicFiles.write(model.resolve(MANIFEST), encoded);
  }

  /** Keeps the verified header of a model's file. */
  void keepHeader(String contentId, Part part, byte[] header) throws IOException {
    Path file = of(contentId).resolve(part.name());
    Path temporary = Files.createTempFile(file.getParent(), "header", ".new");
    try {
      try (FileChannel out = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        ByteBuffer bytes = ByteBuffer.wrap(header);
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
        if (part.bytes() > header.length) {
          // The last byte is written; what lies between is a hole.
          out.write(ByteBuffer.allocate(1), part.bytes() - 1);
        }
        out.force(true);
      }
      AtomicFiles.publish(temporary, file);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  boolean hasHeader(String contentId, Part part) {
    return Files.isRegularFile(of(contentId).resolve(part.name()));
  }

  Optional<FileRange> header(String contentId, int file) throws IOException {
    Optional<ModelManifest> manifest = manifest(contentId);
    return manifest
        .filter(known -> file >= 0 && file < known.files().size())
        .map(known -> known.files().get(file))
        .filter(part -> hasHeader(contentId, part))
        .map(part -> new FileRange(of(contentId).resolve(part.name()), 0, part.headerBytes()));
  }

  /** The model without its weights, if all headers are here. */
  Optional<GgufModel> model(ModelManifest manifest) {
    Path first = of(manifest.contentId()).resolve(manifest.files().getFirst().name());
    try {
      GgufModel model = GgufModel.read(first);
      manifest.requireDescribes(model);
      return Optional.of(model);
    } catch (IOException incomplete) {
      log.debug("the headers of {} are not usable", manifest.contentId(), incomplete);
      return Optional.empty();
    }
  }

  /** Forgets what turned out to be no model. */
  void forget(ModelManifest manifest) throws IOException {
    for (Part part : manifest.files()) {
      Files.deleteIfExists(of(manifest.contentId()).resolve(part.name()));
    }
  }

  private Path of(String contentId) {
    return folder.resolve(contentId);
  }
}
