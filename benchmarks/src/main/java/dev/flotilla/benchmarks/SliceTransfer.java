package dev.flotilla.benchmarks;

import dev.flotilla.cli.bench.Statistics.Spread;
import dev.flotilla.gguf.GgufModel;
import dev.flotilla.gguf.LayerRange;
import dev.flotilla.sharding.store.FetchListener;
import dev.flotilla.sharding.store.ManifestLibrary;
import dev.flotilla.sharding.store.ModelManifest;
import dev.flotilla.sharding.store.OwnedModels;
import dev.flotilla.sharding.store.PeerRangeSource;
import dev.flotilla.sharding.store.SliceServer;
import dev.flotilla.sharding.store.SliceStore;
import dev.flotilla.sharding.store.StageFetcher;
import dev.flotilla.sharding.store.StageKey;
import dev.flotilla.sharding.store.StageProgress;
import dev.flotilla.sharding.store.StageSlice;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.JksOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * How fast a slice comes from another node, beside a plain copy of the same bytes over TLS: both on
 * loopback in this process, both from file to file, in turns.
 */
@Command(
    name = "slices",
    mixinStandardHelpOptions = true,
    description = "Fetch a model's slice over TLS, and copy the same bytes plainly.")
final class SliceTransfer implements Callable<Integer> {
  private static final String PASSWORD = "changeit";
  private static final int COPY_BUFFER_BYTES = 256 << 10;
  private static final long LIMIT_SECONDS = 600;

  @Option(names = "--model", required = true, description = "A GGUF file.")
  private Path file = Path.of("");

  @Option(names = "--repetitions", description = "Turns. [${DEFAULT-VALUE}]")
  private int repetitions = 3;

  @Mixin private WorkOptions work = new WorkOptions();

  @Override
  public Integer call() throws Exception {
    Vertx vertx = Vertx.vertx();
    Path folder = Files.createTempDirectory(work.folder(), "slices");
    try {
      measure(vertx, folder);
    } finally {
      await(vertx.close());
      Folders.delete(folder);
    }
    return 0;
  }

  private void measure(Vertx vertx, Path folder) throws Exception {
    JksOptions keys = new JksOptions().setPath(keyStore(folder).toString()).setPassword(PASSWORD);
    GgufModel model = GgufModel.read(file);
    OwnedModels owned = new OwnedModels();
    StageKey key = publish(model, owned, folder);
    int slicePort = serveSlices(vertx, keys, owned);
    int plainPort = servePlainly(vertx, keys);
    List<Double> sliceRates = new ArrayList<>();
    List<Double> plainRates = new ArrayList<>();
    for (int turn = 0; turn < repetitions; turn++) {
      plainRates.add(copyPlainly(vertx, keys, plainPort, folder));
      sliceRates.add(fetchSlice(vertx, keys, slicePort, key, folder));
      System.out.printf(
          "plain %.0f MB/s, slice %.0f MB/s%n", plainRates.getLast(), sliceRates.getLast());
    }
    double plain = median(plainRates);
    double slice = median(sliceRates);
    System.out.printf(
        "median: plain %.0f MB/s, slice %.0f MB/s: %.0f %%%n", plain, slice, 100 * slice / plain);
  }

  private StageKey publish(GgufModel model, OwnedModels owned, Path folder) throws Exception {
    try (ManifestLibrary library = new ManifestLibrary(folder.resolve("manifests"))) {
      long begin = System.nanoTime();
      ModelManifest manifest =
          library.manifest(model, _ -> {}).get(LIMIT_SECONDS, TimeUnit.SECONDS);
      System.out.printf("manifest of %,d bytes: %.1f s%n", model.fileBytes(), seconds(begin));
      return new StageKey(owned.publish(model, manifest), LayerRange.all(manifest.layers()));
    }
  }

  private static int serveSlices(Vertx vertx, JksOptions keys, OwnedModels owned) throws Exception {
    HttpServerOptions options =
        new HttpServerOptions()
            .setHost("127.0.0.1")
            .setPort(0)
            .setSsl(true)
            .setUseAlpn(true)
            .setKeyCertOptions(keys);
    return await(
            vertx
                .createHttpServer(options)
                .requestHandler(new SliceServer(vertx, List.of(owned)))
                .listen())
        .actualPort();
  }

  private int servePlainly(Vertx vertx, JksOptions keys) throws Exception {
    NetServerOptions options =
        new NetServerOptions().setHost("127.0.0.1").setPort(0).setSsl(true).setKeyCertOptions(keys);
    return await(
            vertx
                .createNetServer(options)
                .connectHandler(socket -> {
                  var _ = open(vertx, file, false).compose(source -> source.pipeTo(socket));
                })
                .listen())
        .actualPort();
  }

  private static Future<AsyncFile> open(Vertx vertx, Path path, boolean writes) {
    return vertx
        .fileSystem()
        .open(path.toString(), new OpenOptions().setWrite(writes).setCreate(writes))
        .map(opened -> opened.setReadBufferSize(COPY_BUFFER_BYTES));
  }

  private double copyPlainly(Vertx vertx, JksOptions keys, int port, Path folder) throws Exception {
    Path copy = folder.resolve("copy");
    NetClientOptions options =
        new NetClientOptions()
            .setSsl(true)
            .setTrustOptions(keys)
            .setHostnameVerificationAlgorithm("");
    long begin = System.nanoTime();
    // Vert.x closes a client that nobody refers to.
    NetClient client = vertx.createNetClient(options);
    await(client.connect(port, "127.0.0.1").compose(socket -> receive(vertx, socket, copy)));
    await(client.close());
    if (Files.size(copy) != Files.size(file)) {
      throw new IOException("the plain copy has " + Files.size(copy) + " bytes");
    }
    return rate(Files.size(copy), begin, copy);
  }

  private static Future<Void> receive(Vertx vertx, NetSocket socket, Path copy) {
    socket.pause();
    return open(vertx, copy, true).compose(socket::pipeTo);
  }

  private double fetchSlice(Vertx vertx, JksOptions keys, int port, StageKey key, Path folder)
      throws Exception {
    HttpClientOptions options =
        new HttpClientOptions()
            .setProtocolVersion(HttpVersion.HTTP_2)
            .setSsl(true)
            .setUseAlpn(true)
            .setTrustOptions(keys)
            .setVerifyHost(false);
    Path cache = folder.resolve("cache");
    try (PeerRangeSource peer = new PeerRangeSource(vertx, options, "owner", "127.0.0.1", port)) {
      SliceStore store = new SliceStore(cache, Long.MAX_VALUE / 2);
      StageFetcher fetcher = new StageFetcher(store, () -> List.of(peer), new Silent());
      long begin = System.nanoTime();
      try (StageSlice slice = fetcher.fetch(key, () -> false)) {
        double rate = Files.size(slice.file()) / 1e6 / seconds(begin);
        long again = System.nanoTime();
        store.open(key).orElseThrow().close();
        System.out.printf("warm: %.1f ms%n", 1e3 * seconds(again));
        return rate;
      }
    } finally {
      Folders.delete(cache);
    }
  }

  /** Does not listen. */
  private static final class Silent implements FetchListener {
    @Override
    public void progress(StageProgress progress) {}

    @Override
    public void blamed(String nodeId, String reason) {
      throw new IllegalStateException(reason);
    }
  }

  /** Megabytes a second; the slice's rate includes syncing to the disk, so the copy's does too. */
  private static double rate(long bytes, long begin, Path copy) throws IOException {
    try (FileChannel channel = FileChannel.open(copy, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    double rate = bytes / 1e6 / seconds(begin);
    Files.delete(copy);
    return rate;
  }

  private static double seconds(long begin) {
    return (System.nanoTime() - begin) / 1e9;
  }

  private static double median(List<Double> values) {
    return Spread.of(values.stream().mapToDouble(Double::doubleValue).toArray()).median();
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(LIMIT_SECONDS, TimeUnit.SECONDS);
  }

  private static Path keyStore(Path folder) throws IOException, InterruptedException {
    Path keys = folder.resolve("keys.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-alias",
                "node",
                "-dname",
                "CN=node",
                "-storetype",
                "PKCS12",
                "-keystore",
                keys.toString(),
                "-storepass",
                PASSWORD)
            .redirectErrorStream(true)
            .start();
    String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (keytool.waitFor() != 0) {
      throw new IOException("keytool: " + output);
    }
    return keys;
  }
}
