package dev.flotilla.sharding.store;

import dev.flotilla.gguf.GgufException;
import dev.flotilla.gguf.GgufFile;
import dev.flotilla.gguf.GgufModel;
import dev.flotilla.gguf.GgufReader;
import dev.flotilla.gguf.LayerSlicer;
import dev.flotilla.gguf.SlicePlan;
import dev.flotilla.gguf.TensorDigests;
import dev.flotilla.gguf.TensorSource;
import dev.flotilla.sharding.store.ModelManifest.Part;
import dev.flotilla.sharding.store.StageProgress.Phase;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings slices into the cache: learns what the model consists of, plans the slice, and fetches
 * what is missing of it. What an interrupted fetch has left is verified and used. Blocks; call it
 * on a virtual thread.
 */
public final class StageFetcher {
  private static final Logger log = LoggerFactory.getLogger(StageFetcher.class);

  private final SliceStore store;
  private final Supplier<List<RangeSource>> peers;
  private final FetchListener listener;
  private final Set<String> liars = ConcurrentHashMap.newKeySet();

  /**
   * A fetcher into a cache.
   *
   * @param peers that may have what is wanted, asked again and again as they come and go
   */
  public StageFetcher(SliceStore store, Supplier<List<RangeSource>> peers, FetchListener listener) {
    this.store = store;
    this.peers = peers;
    this.listener = listener;
  }

  /**
   * A slice, from the cache or from peers. Waits for peers as long as nobody cancels.
   *
   * @param cancelled asked at least twice a second
   * @throws StoreException if it can't be had; what was fetched is kept for the next time
   */
  public StageSlice fetch(StageKey key, BooleanSupplier cancelled) throws IOException {
    Optional<StageSlice> here = store.open(key);
    if (here.isPresent()) {
      listener.progress(new StageProgress(key, Phase.READY, 0, 0));
      return here.get();
    }
    try {
      ModelManifest manifest = manifest(key, cancelled);
      SlicePlan plan = LayerSlicer.plan(model(key, manifest, cancelled), key.range());
      return write(key, manifest, plan, cancelled);
    } catch (GgufException problem) {
      throw new StoreException(
          StoreFailure.BAD_MODEL,
          "%s can't be cut: %s".formatted(key, problem.getMessage()),
          problem);
    } catch (IllegalArgumentException problem) {
      throw new StoreException(StoreFailure.BAD_MODEL, key + ": " + problem.getMessage(), problem);
    }
  }

  private ModelManifest manifest(StageKey key, BooleanSupplier cancelled) throws IOException {
    Optional<ModelManifest> known = store.models().manifest(key.contentId());
    if (known.isPresent()) {
      return known.get();
    }
    ModelManifest manifest =
        ask(
            key,
            cancelled,
            source -> ManifestJson.decode(source.manifest(key.contentId()), key.contentId()));
    store.models().keepManifest(manifest);
    return manifest;
  }

  private GgufModel model(StageKey key, ModelManifest manifest, BooleanSupplier cancelled)
      throws IOException {
    ModelFolder models = store.models();
    for (int index = 0; index < manifest.files().size(); index++) {
      Part part = manifest.files().get(index);
      if (!models.hasHeader(key.contentId(), part)) {
        int file = index;
        byte[] header = ask(key, cancelled, source -> header(source, key, file, part));
        models.keepHeader(key.contentId(), part, header);
      }
    }
    Optional<GgufModel> model = models.model(manifest);
    if (model.isEmpty()) {
      models.forget(manifest);
      throw new StoreException(
          StoreFailure.BAD_MODEL, key + ": its manifest does not describe a model");
    }
    return model.get();
  }

  private static byte[] header(RangeSource source, StageKey key, int file, Part part)
      throws IOException {
    byte[] header = source.header(key.contentId(), file, part.headerBytes());
    if (!Sha256.of(header).equals(part.headerSha256())) {
      throw new StoreException(
          StoreFailure.WRONG_CONTENT, "the header of '%s' is wrong".formatted(part.name()));
    }
    return header;
  }

  /** Something that one peer is asked for. */
  @FunctionalInterface
  private interface Question<T> {
    T ask(RangeSource source) throws IOException;
  }

  /** Asks one peer after another until one answers what can be believed. */
  private <T> T ask(StageKey key, BooleanSupplier cancelled, Question<T> question)
      throws IOException {
    listener.progress(new StageProgress(key, Phase.DESCRIBING, 0, 0));
    while (true) {
      for (RangeSource source : honest()) {
        requireWanted(key, cancelled);
        try {
          return question.ask(source);
        } catch (StoreException problem) {
          switch (problem.failure()) {
            case BAD_MANIFEST, WRONG_CONTENT -> {
              liars.add(source.nodeId());
              listener.blamed(source.nodeId(), String.valueOf(problem.getMessage()));
            }
            case PEER_FAILED -> log.info("{}: {}", key, problem.getMessage());
            case BAD_MODEL, DISK_FULL, STORAGE, CANCELLED -> throw problem;
          }
        }
      }
      requireWanted(key, cancelled);
      listener.progress(new StageProgress(key, Phase.WAITING, 0, 0));
      try {
        Thread.sleep(TensorFetch.TICK_MILLIS);
      } catch (InterruptedException hurry) {
        Thread.currentThread().interrupt();
        throw new StoreException(StoreFailure.CANCELLED, key + " was given up", hurry);
      }
    }
  }

  private List<RangeSource> honest() {
    return peers.get().stream().filter(source -> !liars.contains(source.nodeId())).toList();
  }

  private static void requireWanted(StageKey key, BooleanSupplier cancelled) throws StoreException {
    if (cancelled.getAsBoolean()) {
      throw new StoreException(StoreFailure.CANCELLED, key + " is not wanted any more");
    }
  }

  private StageSlice write(
      StageKey key, ModelManifest manifest, SlicePlan plan, BooleanSupplier cancelled)
      throws IOException {
    try (StageSlice part = store.reserve(key, plan.sourceBytes())) {
      boolean isResumed = prepare(plan, part.file());
      GgufFile slice = GgufReader.read(part.file());
      Map<Integer, FileRange> places = new TreeMap<>(SliceStore.places(plan, manifest, slice));
      if (isResumed && !hasEmptyHoles(slice, places)) {
        LayerSlicer.write(plan, part.file(), _ -> TensorSource.hole());
        isResumed = false;
      }
      try (FileChannel out =
          FileChannel.open(part.file(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        fill(key, manifest, places, out, isResumed, cancelled);
        out.force(true);
      }
      StageSlice whole = store.complete(part);
      listener.progress(
          new StageProgress(key, Phase.READY, plan.sourceBytes(), plan.sourceBytes()));
      return whole;
    }
  }

  /** Lays the file out, unless it is laid out already; says which. */
  private static boolean prepare(SlicePlan plan, Path part) throws IOException {
    Path fresh = part.resolveSibling(part.getFileName() + ".new");
    try {
      LayerSlicer.write(plan, fresh, _ -> TensorSource.hole());
      if (hasSameHeader(fresh, part)) {
        return true;
      }
      Files.move(fresh, part, StandardCopyOption.REPLACE_EXISTING);
      return false;
    } finally {
      Files.deleteIfExists(fresh);
    }
  }

  private static boolean hasSameHeader(Path fresh, Path part) throws IOException {
    long headerBytes = GgufReader.read(fresh).dataOffset();
    try (FileChannel left = FileChannel.open(fresh);
        FileChannel right = FileChannel.open(part)) {
      return left.size() == right.size()
          && TensorDigests.of(left, 0, headerBytes).equals(TensorDigests.of(right, 0, headerBytes));
    } catch (NoSuchFileException first) {
      return false;
    }
  }

  /** Nothing but zeros may be where no tensor is fetched: engines add some of them. */
  private static boolean hasEmptyHoles(GgufFile slice, Map<Integer, FileRange> places)
      throws IOException {
    try (FileChannel in = FileChannel.open(slice.path())) {
      return Holes.areEmpty(in, slice.dataOffset(), places.values());
    }
  }

  private void fill(
      StageKey key,
      ModelManifest manifest,
      Map<Integer, FileRange> places,
      FileChannel out,
      boolean isResumed,
      BooleanSupplier cancelled)
      throws IOException {
    long total = places.values().stream().mapToLong(FileRange::bytes).sum();
    long done = 0;
    List<TensorWriter> missing = new ArrayList<>();
    for (Map.Entry<Integer, FileRange> place : places.entrySet()) {
      requireWanted(key, cancelled);
      int index = place.getKey();
      long position = place.getValue().position();
      TensorWriter writer = new TensorWriter(out, index, manifest.tensors().get(index), position);
      if ((isResumed && writer.isAlreadyThere()) || copyFromHere(key, writer)) {
        done += writer.tensor().bytes();
        listener.progress(new StageProgress(key, Phase.CHECKING, done, total));
      } else {
        missing.add(writer);
      }
    }
    new TensorFetch(key, missing, done, this::honest, listener, liars::add, cancelled).run();
  }

  /** Takes a tensor from another slice of the same model in this cache. */
  private boolean copyFromHere(StageKey key, TensorWriter writer) throws IOException {
    Optional<FileRange> here = store.tensor(key.contentId(), writer.index());
    if (here.isEmpty()) {
      return false;
    }
    try {
      writer.fetch(new LocalRangeSource(store), key.contentId());
      return true;
    } catch (StoreException spoiled) {
      log.warn("{} is fetched although it is here: {}", key, spoiled.getMessage());
      return false;
    }
  }
}
