package dev.flotilla.sharding.store;

import dev.flotilla.gguf.GgufFile;
import dev.flotilla.gguf.GgufModel;
import dev.flotilla.gguf.GgufReader;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.gguf.LayerSlicer;
import dev.flotilla.gguf.SlicePlan;
import dev.flotilla.gguf.SlicePlan.SliceTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Slices on disk, within a bound; the one used longest ago goes first. A slice has its final name
 * only when it is whole, verified and on the disk. Thread-safe; one process at a time.
 */
public final class SliceStore implements TensorHolder {
  private static final Logger log = LoggerFactory.getLogger(SliceStore.class);

  /** Left free on the disk for everybody else. */
  static final long DISK_RESERVE_BYTES = 64 << 20;

  private static final Pattern STAGE =
      Pattern.compile("([0-9a-f]{64})-(\\d{1,5})-(\\d{1,5})-(\\d{1,18})\\.(gguf|part)");

  private final Path stages;
  private final ModelFolder models;
  private final long boundBytes;
  private final Map<StageKey, Entry> entries = new HashMap<>();
  private final Map<StageKey, Map<Integer, FileRange>> tensors = new HashMap<>();

  /** A slice on disk, whole or not. Guarded by the store. */
  private static final class Entry {
    final StageKey key;
    final long bytes;
    boolean isWhole;
    Instant lastUse;
    int pins;

    Entry(StageKey key, long bytes, boolean isWhole, Instant lastUse) {
      this.key = key;
      this.bytes = bytes;
      this.isWhole = isWhole;
      this.lastUse = lastUse;
    }
  }

  /**
   * Opens a cache.
   *
   * @param folder created if it is missing
   * @param boundBytes of all slices together
   */
  public SliceStore(Path folder, long boundBytes) throws IOException {
    this.stages = Files.createDirectories(folder.resolve("stages"));
    this.models = new ModelFolder(Files.createDirectories(folder.resolve("models")));
    this.boundBytes = boundBytes;
    try (Stream<Path> files = Files.list(stages)) {
      for (Path file : files.toList()) {
        register(file);
      }
    }
  }

  private void register(Path file) throws IOException {
    Matcher name = STAGE.matcher(file.getFileName().toString());
    if (!name.matches() || Integer.parseInt(name.group(2)) >= Integer.parseInt(name.group(3))) {
      log.info("{} is no slice; it is deleted", file);
      Files.deleteIfExists(file);
      return;
    }
    LayerRange range =
        new LayerRange(Integer.parseInt(name.group(2)), Integer.parseInt(name.group(3)));
    StageKey key = new StageKey(name.group(1), range);
    Entry entry =
        new Entry(
            key,
            Long.parseLong(name.group(4)),
            name.group(5).equals("gguf"),
            Files.getLastModifiedTime(file).toInstant());
    entries.merge(key, entry, (a, b) -> a.isWhole ? a : b);
  }

  /** A slice that is here whole, kept until it is closed; no network is asked. */
  public synchronized Optional<StageSlice> open(StageKey key) {
    Entry entry = entries.get(key);
    if (entry == null || !entry.isWhole || !Files.isRegularFile(file(entry))) {
      return Optional.empty();
    }
    return Optional.of(pinned(entry));
  }

  private StageSlice pinned(Entry entry) {
    entry.pins++;
    entry.lastUse = Instant.now();
    try {
      Files.setLastModifiedTime(file(entry), FileTime.from(entry.lastUse));
    } catch (IOException problem) {
      log.debug("the last use of {} is not noted", entry.key, problem);
    }
    AtomicBoolean released = new AtomicBoolean();
    return new StageSlice(
        entry.key,
        file(entry),
        () -> {
          if (released.compareAndSet(false, true)) {
            unpin(entry);
          }
        });
  }

  private synchronized void unpin(Entry entry) {
    entry.pins--;
  }

  /**
   * Makes room for a slice that is to be written, and keeps it.
   *
   * @return the file to write, {@link StageSlice#close closed} when it is given up or {@link
   *     #complete}
   * @throws StoreException with {@link StoreFailure#DISK_FULL} if it does not fit beside what is in
   *     use; with {@link StoreFailure#STORAGE} if somebody writes it already
   */
  synchronized StageSlice reserve(StageKey key, long bytes) throws IOException {
    Entry before = entries.get(key);
    if (before != null && (before.pins > 0 || before.isWhole)) {
      throw new StoreException(StoreFailure.STORAGE, key + " is being fetched already");
    }
    if (before != null && before.bytes != bytes) {
      evict(before);
    }
    Entry entry = entries.computeIfAbsent(key, _ -> new Entry(key, bytes, false, Instant.now()));
    entry.pins++;
    try {
      makeRoom(bytes, Files.exists(file(entry)) ? 0 : bytes);
    } catch (IOException full) {
      entry.pins--;
      if (!Files.exists(file(entry))) {
        entries.remove(key);
      }
      throw full;
    }
    entry.pins--;
    return pinned(entry);
  }

  private void makeRoom(long bytes, long newBytes) throws IOException {
    while (usedBytes() > boundBytes
        || Files.getFileStore(stages).getUsableSpace() < newBytes + DISK_RESERVE_BYTES) {
      Optional<Entry> oldest =
          entries.values().stream()
              .filter(entry -> entry.pins == 0)
              .min(Comparator.comparing(entry -> entry.lastUse));
      if (oldest.isEmpty()) {
        throw new StoreException(
            StoreFailure.DISK_FULL,
            "%,d bytes do not fit: the cache may hold %,d, of which %,d are in use; the disk has %,d left"
                .formatted(
                    bytes,
                    boundBytes,
                    usedBytes() - bytes,
                    Files.getFileStore(stages).getUsableSpace()));
      }
      evict(oldest.get());
    }
  }

  private void evict(Entry entry) throws IOException {
    log.info("{} leaves the cache ({} bytes)", entry.key, entry.bytes);
    Files.deleteIfExists(file(entry));
    entries.remove(entry.key);
    tensors.remove(entry.key);
  }

  /** Bytes of all slices, without their holes. */
  public synchronized long usedBytes() {
    return entries.values().stream().mapToLong(entry -> entry.bytes).sum();
  }

  /** Gives a slice that is verified and on the disk its final name. */
  synchronized StageSlice complete(StageSlice written) throws IOException {
    Entry entry = entries.get(written.key());
    if (entry == null) {
      throw new IllegalStateException(written.key() + " was not reserved");
    }
    AtomicFiles.publish(written.file(), file(entry, true));
    entry.isWhole = true;
    StageSlice whole = pinned(entry);
    written.close();
    return whole;
  }

  private Path file(Entry entry) {
    return file(entry, entry.isWhole);
  }

  private Path file(Entry entry, boolean isWhole) {
    LayerRange range = entry.key.range();
    return stages.resolve(
        "%s-%d-%d-%d.%s"
            .formatted(
                entry.key.contentId(),
                range.from(),
                range.to(),
                entry.bytes,
                isWhole ? "gguf" : "part"));
  }

  /** Manifests and headers of models. */
  ModelFolder models() {
    return models;
  }

  @Override
  public Optional<byte[]> manifest(String contentId) throws IOException {
    return models.manifestBytes(contentId);
  }

  @Override
  public Optional<FileRange> header(String contentId, int file) throws IOException {
    return models.header(contentId, file);
  }

  @Override
  public BitSet tensors(String contentId) throws IOException {
    BitSet here = new BitSet();
    for (StageKey key : wholeStages(contentId)) {
      ranges(key).keySet().forEach(here::set);
    }
    return here;
  }

  @Override
  public Optional<FileRange> tensor(String contentId, int tensor) throws IOException {
    for (StageKey key : wholeStages(contentId)) {
      FileRange range = ranges(key).get(tensor);
      if (range != null) {
        return Optional.of(range);
      }
    }
    return Optional.empty();
  }

  /** The slices that are here whole, the one used last first. */
  public synchronized List<StageKey> wholeSlices() {
    return entries.values().stream()
        .filter(entry -> entry.isWhole)
        .sorted(Comparator.comparing((Entry entry) -> entry.lastUse).reversed())
        .map(entry -> entry.key)
        .toList();
  }

  private synchronized List<StageKey> wholeStages(String contentId) {
    return entries.values().stream()
        .filter(entry -> entry.isWhole && entry.key.contentId().equals(contentId))
        .map(entry -> entry.key)
        .toList();
  }

  /** Where a whole slice has which of the model's tensors. */
  private synchronized Map<Integer, FileRange> ranges(StageKey key) throws IOException {
    Map<Integer, FileRange> known = tensors.get(key);
    Entry entry = entries.get(key);
    if (known != null || entry == null) {
      return known == null ? Map.of() : known;
    }
    Optional<ModelManifest> manifest = models.manifest(key.contentId());
    Optional<GgufModel> model = manifest.flatMap(models::model);
    if (manifest.isEmpty() || model.isEmpty()) {
      return Map.of();
    }
    SlicePlan plan = LayerSlicer.plan(model.get(), key.range());
    Map<Integer, FileRange> found = new HashMap<>();
    places(plan, manifest.get(), GgufReader.read(file(entry)))
        .forEach((tensor, range) -> found.put(tensor, range));
    tensors.put(key, Map.copyOf(found));
    return found;
  }

  /** Where the tensors of a plan are in the slice that was written by it. */
  static Map<Integer, FileRange> places(SlicePlan plan, ModelManifest manifest, GgufFile slice) {
    Map<String, Integer> indices = manifest.indices();
    Map<Integer, FileRange> places = new HashMap<>();
    for (SliceTensor tensor : plan.tensors()) {
      if (tensor.source().isPresent()) {
        var source = tensor.source().get();
        var written = slice.tensor(tensor.name()).orElseThrow();
        Integer index = indices.get(source.name());
        if (index == null) {
          throw new IllegalStateException("the manifest lacks " + source.name());
        }
        places.put(index, new FileRange(slice.path(), slice.position(written), source.bytes()));
      }
    }
    return places;
  }
}
