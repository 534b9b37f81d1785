package dev.flotilla.sharding.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.sharding.store.ModelManifest.Tensor;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.JksOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Slices over real connections on loopback. */
@Timeout(60)
class SliceServerTest {
  private static final String PASSWORD = "changeit";

  @TempDir private Path folder;
  private final Vertx vertx = Vertx.vertx();
  private final List<PeerRangeSource> peers = new ArrayList<>();
  private TestingModel model;

  @BeforeEach
  void publish() throws Exception {
    model = TestingModel.in(folder);
  }

  @AfterEach
  void close() throws Exception {
    peers.forEach(PeerRangeSource::close);
    await(vertx.close());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private int serve(HttpServerOptions options, TensorHolder... holders) throws Exception {
    HttpServer server =
        vertx
            .createHttpServer(options.setHost("127.0.0.1").setPort(0))
            .requestHandler(new SliceServer(vertx, List.of(holders)));
    return await(server.listen()).actualPort();
  }

  private PeerRangeSource peer(HttpClientOptions options, int port) {
    PeerRangeSource peer =
        new PeerRangeSource(vertx, options, "node on port " + port, "127.0.0.1", port);
    peers.add(peer);
    return peer;
  }

  enum Protocol {
    HTTP_1,
    HTTP_2,
    HTTP_2_TLS
  }

  @ParameterizedTest
  @EnumSource
  void slicesAreFetchedFromTwoNodes(Protocol protocol) throws Exception {
    HttpServerOptions server = new HttpServerOptions();
    HttpClientOptions client = new HttpClientOptions();
    if (protocol != Protocol.HTTP_1) {
      client.setProtocolVersion(HttpVersion.HTTP_2);
    }
    if (protocol == Protocol.HTTP_2_TLS) {
      JksOptions keys = new JksOptions().setPath(keyStore().toString()).setPassword(PASSWORD);
      server.setSsl(true).setUseAlpn(true).setKeyCertOptions(keys);
      client.setSsl(true).setUseAlpn(true).setTrustOptions(keys).setVerifyHost(false);
    }
    List<RangeSource> sources =
        List.of(
            peer(client, serve(server, model.owned())), peer(client, serve(server, model.owned())));
    TestingListener listener = new TestingListener();
    StageFetcher fetcher =
        new StageFetcher(
            new SliceStore(folder.resolve("cache"), 1L << 40), () -> sources, listener);
    StageKey key = model.key(1, 4);
    try (StageSlice slice = fetcher.fetch(key, () -> false)) {
      assertThat(slice.file()).hasSameBinaryContentAs(model.written(key, folder));
    }
    assertThat(listener.blamed).isEmpty();
  }

  private Path keyStore() throws IOException, InterruptedException {
    Path file = folder.resolve("keys.p12");
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
                file.toString(),
                "-storepass",
                PASSWORD)
            .redirectErrorStream(true)
            .start();
    String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(keytool.waitFor()).as(output).isZero();
    return file;
  }

  @Test
  void givesAnyRangeOfATensor() throws Exception {
    PeerRangeSource peer =
        peer(new HttpClientOptions(), serve(new HttpServerOptions(), model.owned()));
    Tensor tensor = model.manifest().tensors().get(3);
    byte[] file = Files.readAllBytes(model.model().files().getFirst().path());
    for (long[] range : new long[][] {{0, 1}, {1, 100}, {0, tensor.bytes()}}) {
      ByteArrayOutputStream got = new ByteArrayOutputStream();
      peer.read(
          model.contentId(),
          3,
          range[0],
          range[1],
          bytes -> {
            byte[] some = new byte[bytes.remaining()];
            bytes.get(some);
            got.writeBytes(some);
          });
      assertThat(got.toByteArray())
          .isEqualTo(
              Arrays.copyOfRange(
                  file,
                  (int) (tensor.position() + range[0]),
                  (int) (tensor.position() + range[1])));
    }
  }

  @Test
  void refusesWhatItDoesNotHave() throws Exception {
    int port = serve(new HttpServerOptions(), model.owned());
    String known = SliceServer.PREFIX + model.contentId();
    try (HttpClient client = HttpClient.newHttpClient()) {
      assertThat(status(client, port, SliceServer.PREFIX + "0".repeat(64))).isEqualTo(404);
      assertThat(status(client, port, SliceServer.PREFIX + "..%2f..%2fetc")).isEqualTo(404);
      assertThat(status(client, port, known + "/tensors/999999")).isEqualTo(404);
      assertThat(status(client, port, known + "/headers/7")).isEqualTo(404);
      assertThat(status(client, port, known + "/headers")).isEqualTo(404);
      assertThat(status(client, port, known)).isEqualTo(200);
      for (String range :
          List.of("bytes=5-4", "bytes=-5", "bytes=0-1,3-4", "bytes=999999999999-", "x")) {
        assertThat(status(client, port, known + "/tensors/0", "Range", range)).isEqualTo(416);
      }
    }
  }

  private static int status(HttpClient client, int port, String path, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    HttpResponse<byte[]> response = client.send(request.build(), BodyHandlers.ofByteArray());
    return response.statusCode();
  }

  @Test
  void aPeerThatCutsTheLineHasFailed() throws Exception {
    try (ServerSocket server = new ServerSocket()) {
      server.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
      Thread.ofVirtual()
          .start(() -> {
            try (Socket socket = server.accept()) {
              byte[] request = new byte[1_024];
              assertThat(socket.getInputStream().read(request)).isPositive();
              socket
                  .getOutputStream()
                  .write(
                      "HTTP/1.1 206 Partial Content\r\nContent-Length: 100\r\n\r\nsome"
                          .getBytes(StandardCharsets.US_ASCII));
            } catch (IOException closed) {
              throw new UncheckedIOException(closed);
            }
          });
      PeerRangeSource peer = peer(new HttpClientOptions(), server.getLocalPort());
      assertThatThrownBy(() -> peer.read(model.contentId(), 0, 0, 100, _ -> {}))
          .isInstanceOfSatisfying(
              StoreException.class,
              problem -> assertThat(problem.failure()).isEqualTo(StoreFailure.PEER_FAILED));
    }
  }

  @Test
  void nobodyListensThere() throws Exception {
    int port;
    try (ServerSocket server = new ServerSocket(0)) {
      port = server.getLocalPort();
    }
    assertThatThrownBy(() -> peer(new HttpClientOptions(), port).tensors(model.contentId()))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(":" + port);
  }

  @Test
  void anEndlessAnswerIsCut() throws Exception {
    HttpServer endless =
        vertx
            .createHttpServer(new HttpServerOptions().setHost("127.0.0.1").setPort(0))
            .requestHandler(request -> {
              request.response().setChunked(true);
              pour(request.response());
            });
    int port = await(endless.listen()).actualPort();
    PeerRangeSource peer = peer(new HttpClientOptions(), port);
    assertThatThrownBy(() -> peer.header(model.contentId(), 0, 10_000))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("longer than 10000 bytes");
  }

  private static void pour(HttpServerResponse response) {
    response.write(Buffer.buffer(new byte[65_536])).onSuccess(_ -> pour(response));
  }
}
