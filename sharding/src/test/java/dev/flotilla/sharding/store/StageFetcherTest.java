package dev.flotilla.sharding.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.gguf.LayerRange;
import dev.flotilla.sharding.store.StageProgress.Phase;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class StageFetcherTest {
  private static final long ROOMY = 1L << 40;

  @TempDir private Path folder;
  private final TestingListener listener = new TestingListener();
  private TestingModel model;
  private TestingSource owner;
  private SliceStore store;

  @BeforeEach
  void publish() throws Exception {
    model = TestingModel.in(folder);
    owner = new TestingSource("owner", model.owned());
    store = new SliceStore(folder.resolve("cache"), ROOMY);
  }

  private StageSlice fetch(StageKey key, RangeSource... peers) throws IOException {
    return new StageFetcher(store, () -> List.of(peers), listener).fetch(key, () -> false);
  }

  private void assertIsThe(StageKey key, StageSlice slice) throws IOException {
    assertThat(slice.file()).hasSameBinaryContentAs(model.written(key, folder));
  }

  @Test
  void aFetchedSliceIsWhatItsOwnerWouldWrite() throws IOException {
    for (StageKey key : List.of(model.key(0, 1), model.key(1, 3), model.key(3, 4))) {
      try (StageSlice slice = fetch(key, owner)) {
        assertIsThe(key, slice);
      }
    }
    assertThat(listener.phases).contains(Phase.DESCRIBING, Phase.FETCHING, Phase.READY);
  }

  @Test
  void onlyItsOwnLayersAreFetched() throws IOException {
    StageKey key = model.key(1, 2);
    fetch(key, owner).close();
    assertThat(owner.given).hasValue(model.bytes(key));
  }

  @Test
  void aSecondStartAsksNobody() throws IOException {
    StageKey key = model.key(1, 3);
    fetch(key, owner).close();
    store = new SliceStore(folder.resolve("cache"), ROOMY);
    StageFetcher offline =
        new StageFetcher(
            store,
            () -> {
              throw new AssertionError("the network is asked");
            },
            listener);
    try (StageSlice slice = offline.fetch(key, () -> false)) {
      assertIsThe(key, slice);
    }
  }

  @Test
  void whatAnotherSliceHasIsNotFetchedAgain() throws IOException {
    StageKey first = model.key(1, 2);
    StageKey both = model.key(1, 3);
    fetch(first, owner).close();
    try (StageSlice slice = fetch(both, owner)) {
      assertIsThe(both, slice);
    }
    assertThat(owner.given).hasValue(model.bytes(both));
  }

  @Test
  void aWorkerGivesWhatItHas() throws IOException {
    StageKey key = model.key(1, 2);
    fetch(key, owner).close();
    TestingSource worker = new TestingSource("worker", store);
    store = new SliceStore(folder.resolve("another cache"), ROOMY);
    owner.vanishesAfterBytes = 0;
    try (StageSlice slice = fetch(key, owner, worker)) {
      assertIsThe(key, slice);
    }
  }

  @Test
  void aLiarIsBlamedAndDropped() throws IOException {
    TestingSource liar = new TestingSource("liar", model.owned());
    fetch(model.key(3, 4), owner).close(); // the manifest is known: the lie is in the tensors
    liar.lies = true;
    StageKey key = model.key(0, 3);
    // The owner comes when the liar has been found out: else it might have had all tensors before.
    StageFetcher fetcher =
        new StageFetcher(
            store,
            () -> listener.blamed.isEmpty() ? List.of(liar) : List.of(liar, owner),
            listener);
    try (StageSlice slice = fetcher.fetch(key, () -> false)) {
      assertIsThe(key, slice);
    }
    assertThat(listener.blamed).containsExactly("liar");
  }

  @Test
  void whoLiesAboutTheModelIsBlamed() throws IOException {
    TestingSource manifestLiar = new TestingSource("manifest liar", model.owned());
    TestingSource headerLiar = new TestingSource("header liar", model.owned());
    manifestLiar.lies = true;
    headerLiar.liesAboutHeaders = true;
    StageKey key = model.key(0, 1);
    try (StageSlice slice = fetch(key, manifestLiar, headerLiar, owner)) {
      assertIsThe(key, slice);
    }
    assertThat(listener.blamed).containsExactlyInAnyOrder("manifest liar", "header liar");
  }

  @Test
  void aTensorGoesOnFromAnotherPeer() throws IOException {
    StageKey key = model.key(0, 4);
    TestingSource leaving = new TestingSource("leaving", model.owned());
    leaving.vanishesAfterBytes = model.bytes(key) / 3;
    try (StageSlice slice = fetch(key, leaving, owner)) {
      assertIsThe(key, slice);
    }
    assertThat(listener.blamed).isEmpty();
    assertThat(leaving.given.get() + owner.given.get())
        .as("nothing is fetched twice")
        .isEqualTo(model.bytes(key));
  }

  @Test
  void whoStandsStillDelaysNothing() throws IOException {
    TestingSource still = new TestingSource("still", model.owned());
    still.keepsSilent = true;
    StageKey key = model.key(1, 3);
    try (StageSlice slice = fetch(key, owner, still)) {
      assertIsThe(key, slice);
    }
  }

  @Test
  void mixedWrongBytesAreNobodysFault() throws Exception {
    var tensor = model.manifest().tensors().getFirst();
    Path file = folder.resolve("tensor");
    try (FileChannel out =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      TensorWriter writer = new TensorWriter(out, 0, tensor, 0);
      TestingSource liar = new TestingSource("liar", model.owned());
      liar.lies = true;
      liar.vanishesAfterBytes = 300;
      assertFails(() -> writer.fetch(liar, model.contentId()), StoreFailure.PEER_FAILED);
      assertFails(() -> writer.fetch(owner, model.contentId()), StoreFailure.PEER_FAILED);
      writer.fetch(owner, model.contentId());
      assertThat(writer.isAlreadyThere()).isTrue();
    }
  }

  @Test
  void waitsForAVanishedOwner() throws IOException {
    StageKey key = model.key(0, 4);
    owner.vanishesAfterBytes = model.bytes(key) / 2;
    AtomicInteger asked = new AtomicInteger();
    StageFetcher fetcher =
        new StageFetcher(
            store,
            () -> {
              if (listener.phases.contains(Phase.WAITING) && asked.incrementAndGet() == 2) {
                owner.vanishesAfterBytes = Long.MAX_VALUE;
              }
              return List.of(owner);
            },
            listener);
    try (StageSlice slice = fetcher.fetch(key, () -> false)) {
      assertIsThe(key, slice);
    }
    assertThat(owner.given).as("nothing is fetched twice").hasValue(model.bytes(key));
  }

  @Test
  void anInterruptedFetchGoesOn() throws IOException {
    StageKey key = model.key(0, 4);
    long half = model.bytes(key) / 2;
    owner.vanishesAfterBytes = half;
    StageFetcher fetcher = new StageFetcher(store, () -> List.of(owner), listener);
    assertFails(
        () -> fetcher.fetch(key, () -> listener.phases.contains(Phase.WAITING)),
        StoreFailure.CANCELLED);

    store = new SliceStore(folder.resolve("cache"), ROOMY);
    assertThat(store.open(key)).as("a part is no slice").isEmpty();
    owner.vanishesAfterBytes = Long.MAX_VALUE;
    owner.given.set(0);
    try (StageSlice slice = fetch(key, owner)) {
      assertIsThe(key, slice);
    }
    long largest =
        model.manifest().tensors().stream().mapToLong(ModelManifest.Tensor::bytes).max().orElse(0);
    assertThat(owner.given.get())
        .as("at most what was under way is fetched again")
        .isLessThan(model.bytes(key) - half + TensorFetch.THREADS_PER_PEER * largest);
  }

  @Test
  void whatWasSpoiledInAPartIsFetchedAgain() throws IOException {
    StageKey key = model.key(1, 3);
    owner.vanishesAfterBytes = model.bytes(key) * 3 / 4;
    StageFetcher fetcher = new StageFetcher(store, () -> List.of(owner), listener);
    assertFails(
        () -> fetcher.fetch(key, () -> listener.phases.contains(Phase.WAITING)),
        StoreFailure.CANCELLED);
    Path part;
    try (Stream<Path> files = Files.list(folder.resolve("cache/stages"))) {
      part = files.findFirst().orElseThrow();
    }
    try (FileChannel out = FileChannel.open(part, StandardOpenOption.WRITE)) {
      for (long at = out.size() / 2; at < out.size(); at += 64) {
        out.write(ByteBuffer.wrap(new byte[] {42}), at);
      }
    }
    owner.vanishesAfterBytes = Long.MAX_VALUE;
    try (StageSlice slice = fetch(key, owner)) {
      assertIsThe(key, slice);
    }
  }

  @Test
  void theCacheKeepsItsBound() throws IOException {
    StageKey old = model.key(1, 2);
    StageKey recent = model.key(2, 3);
    StageKey wanted = model.key(1, 3);
    store = new SliceStore(folder.resolve("cache"), model.bytes(wanted) + model.bytes(recent));
    fetch(old, owner).close();
    try (StageSlice kept = fetch(recent, owner)) {
      store.open(old).orElseThrow().close();
      try (StageSlice slice = fetch(wanted, owner)) {
        assertIsThe(wanted, slice);
        assertThat(store.open(old)).as("gone").isEmpty();
        assertThat(kept.file()).as("in use").exists();
        assertFails(() -> fetch(old, owner), StoreFailure.DISK_FULL);
        assertThat(store.usedBytes()).isEqualTo(model.bytes(wanted) + model.bytes(recent));
      }
    }
    fetch(old, owner).close();
    assertThat(store.usedBytes()).isLessThanOrEqualTo(model.bytes(wanted) + model.bytes(recent));
  }

  @Test
  void layersThatTheModelLacksAreRefused() {
    assertFails(() -> fetch(model.key(3, 5), owner), StoreFailure.BAD_MODEL);
  }

  @Test
  void nobodyFetchesTheSameTwiceAtATime() throws IOException {
    StageKey key = model.key(0, 1);
    try (StageSlice held = store.reserve(key, 1)) {
      assertFails(() -> fetch(key, owner), StoreFailure.STORAGE);
      assertThat(held.key()).isEqualTo(new StageKey(model.contentId(), new LayerRange(0, 1)));
    }
  }

  private static void assertFails(ThrowingCallable call, StoreFailure failure) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StoreException.class, problem -> assertThat(problem.failure()).isEqualTo(failure));
  }
}
