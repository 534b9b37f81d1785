package dev.flotilla.federation.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.SamplingOptions;
import dev.flotilla.engine.SessionEvent;
import dev.flotilla.engine.SessionEvent.Finished;
import dev.flotilla.engine.SessionEvent.Generated;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.StopConditions;
import dev.flotilla.engine.process.EngineCommand;
import dev.flotilla.engine.process.Frames;
import dev.flotilla.federation.Announcements;
import dev.flotilla.federation.FlakyPipeline;
import dev.flotilla.federation.ModelDescription;
import dev.flotilla.federation.ReplicaAnnouncement;
import dev.flotilla.federation.SeededSampling;
import dev.flotilla.sharding.Pipeline;
import io.smallrye.mutiny.subscription.MultiSubscriber;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.StreamResetException;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A head and a gateway on loopback. */
class RemotePipelineTest {
  /** Instead of a status, where the stream was reset. */
  private static final int RESET = -1;

  private final Vertx vertx = Vertx.vertx();
  private final FlakyPipeline hosted = new FlakyPipeline(vertx, 1, 0);
  private final byte[] description = Announcements.description("stories").encode();
  private final AtomicInteger lostLinks = new AtomicInteger();
  private HttpServer server;
  private HttpClient client;
  private RemotePipeline remote;

  @BeforeEach
  void start() throws Exception {
    HostedReplicas replicas =
        model -> model.equals("stories") ? Optional.of(new Hosted()) : Optional.empty();
    server =
        await(
            vertx
                .createHttpServer(LinkTransport.server(new HttpServerOptions()))
                .requestHandler(new PipelineServer(vertx, replicas))
                .listen(0, "127.0.0.1"));
    client =
        vertx.createHttpClient(LinkTransport.client(new HttpClientOptions()), LinkTransport.pool());
    remote = pipeline(server.actualPort(), 25_000);
  }

  private RemotePipeline pipeline(int port, long silenceMillis) {
    return new RemotePipeline(
        vertx,
        client,
        SocketAddress.inetSocketAddress(port, "127.0.0.1"),
        hosted.model(),
        hosted::status,
        silenceMillis,
        lostLinks::incrementAndGet);
  }

  private final class Hosted implements HostedReplicas.Hosted {
    @Override
    public Pipeline pipeline() {
      return hosted;
    }

    @Override
    public ReplicaAnnouncement announcement() {
      return Announcements.of(4, 1, 1, hosted.running());
    }

    @Override
    public byte[] description() {
      return description;
    }
  }

  @AfterEach
  void stop() throws Exception {
    await(vertx.close());
  }

  @Test
  void sessionsArriveAsTheyHappen() throws Exception {
    List<Reader> readers = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      Reader reader = new Reader(1 + i, i, Long.MAX_VALUE);
      readers.add(reader);
      reader.open(remote);
    }
    for (Reader reader : readers) {
      assertThat(reader.result().usage().completionTokens()).isEqualTo(reader.length);
      reader.assertWhole();
    }
    await(() -> hosted.running() == 0);
  }

  @Test
  void aReaderThatDoesNotReadHoldsTheEngineBack() throws Exception {
    int length = 20_000;
    Reader reader = new Reader(length, 3, 5);
    reader.open(remote);
    await(() -> reader.events.get() == 5);
    // That nothing more comes can only be seen by looking twice; a short look would only bound
    // less.
    int[] before = {-1};
    await(() -> {
      int now = hosted.emitted();
      boolean still = now == before[0];
      before[0] = now;
      sleep(300);
      return still;
    });
    System.out.printf("engine ran %d events ahead of a reader of 5%n", hosted.emitted());
    assertThat(hosted.emitted()).isLessThan(6_000);
    reader.ask(Long.MAX_VALUE);
    assertThat(reader.result().usage().completionTokens()).isEqualTo(length);
    reader.assertWhole();
  }

  @Test
  void cancelEndsTheSessionAtTheHead() throws Exception {
    Reader reader = new Reader(1_000_000, 3, 5);
    reader.open(remote);
    await(() -> reader.events.get() == 5 && hosted.running() == 1);
    reader.cancel();
    await(() -> hosted.running() == 0);
  }

  @Test
  void lossOfTheHeadIsToldByItsType() throws Exception {
    Reader reader = new Reader(1_000_000, 3, 5);
    reader.open(remote);
    await(() -> reader.events.get() == 5);
    var _ = server.close();
    reader.ask(Long.MAX_VALUE);
    assertThat(reader.failure()).isEqualTo(EngineFailure.ENGINE_LOST);
    await(() -> hosted.running() == 0);
    Reader late = new Reader(5, 3, 5);
    late.open(remote);
    assertThat(late.failure()).isEqualTo(EngineFailure.ENGINE_LOST);
    assertThatThrownBy(() -> await(remote.tokenize("x", true, true)))
        .hasCauseInstanceOf(EngineException.class);
  }

  @Test
  void aSilentHeadCountsAsLost() throws Exception {
    NetServer silent =
        await(vertx.createNetServer().connectHandler(_ -> {}).listen(0, "127.0.0.1"));
    Reader reader = new Reader(5, 3, 5);
    reader.open(pipeline(silent.actualPort(), 500));
    assertThat(reader.failure()).isEqualTo(EngineFailure.ENGINE_LOST);
    assertThat(lostLinks).hasPositiveValue();
  }

  @Test
  void aGatewayThatIsNotHeardOfIsNotComputedFor() throws Exception {
    Reader reader = new Reader(1_000_000_000, 3, Integer.MAX_VALUE);
    HttpClientRequest session = await(client.request(to("stories/sessions"))).setChunked(true);
    await(session.write(frame(new EngineCommand.Open(0, reader.request(), Integer.MAX_VALUE))));
    await(session.response()).handler(_ -> {});
    int[] before = {-1};
    await(() -> {
      int now = hosted.emitted();
      boolean still = now > 0 && now == before[0];
      before[0] = now;
      sleep(100);
      return still;
    });
    assertThat(hosted.running()).isOne();
    await(session.write(frame(new EngineCommand.Grant(0, 0))));
    await(() -> hosted.emitted() > before[0]);
    // And in the end it is gone.
    await(() -> hosted.running() == 0);
  }

  private static Buffer frame(EngineCommand command) {
    return Buffer.buffer(Frames.of(command));
  }

  @Test
  void aModelIsDescribedByItsDigest() throws Exception {
    String digest = ModelDescription.digestOf(description);
    assertThat(await(describe("stories", digest))).isEqualTo(Announcements.description("stories"));
    assertThatThrownBy(() -> await(describe("stories", "0".repeat(64))))
        .hasMessageContaining("does not have the digest");
    assertThatThrownBy(() -> await(describe("others", digest)))
        .hasRootCauseInstanceOf(EngineException.class)
        .rootCause()
        .extracting(cause -> ((EngineException) cause).failure())
        .isEqualTo(EngineFailure.MODEL_GONE);
  }

  private Future<ModelDescription> describe(String model, String digest) {
    SocketAddress head = SocketAddress.inetSocketAddress(server.actualPort(), "127.0.0.1");
    return RemotePipeline.describe(vertx, client, head, model, digest);
  }

  @Test
  void callsAndProbesAreAnswered() throws Exception {
    assertThat(await(remote.tokenize("four", true, true))).containsExactly(4);
    assertThat(await(remote.embed(List.of())).vectors()).isEmpty();
    assertThatThrownBy(() -> await(remote.detokenize(new int[] {1})))
        .hasCauseInstanceOf(EngineException.class)
        .hasMessageContaining("simulated");
    assertThat(await(remote.probe())).isEqualTo(Announcements.of(4, 1, 1, 0));
  }

  @Test
  void nothingHostileGetsFurtherThanARefusal() throws Exception {
    SeededSampling sampling = SeededSampling.begin();
    byte[] good = Frames.of(new EngineCommand.Open(0, new Reader(3, 1, 1).request(), 1));
    int refused = 0;
    for (int round = 0; round < 500; round++) {
      byte[] bad = sampling.damaged(good, 3);
      refused += status("stories/sessions", Buffer.buffer(bad)) == 200 ? 0 : 1;
    }
    assertThat(refused).as("seed %d", sampling.seed()).isGreaterThan(50);
    assertThat(status("stories/sessions", Buffer.buffer())).isEqualTo(400);
    int twice = status("stories/sessions", Buffer.buffer(good).appendBytes(good));
    assertThat(twice).isIn(200, 400, RESET);
    assertThat(status("stories/sessions", Buffer.buffer(new byte[] {127, -1, -1, -1, 0})))
        .isEqualTo(400);
    assertThat(status("other/sessions", Buffer.buffer(good))).isEqualTo(404);
    assertThat(status("%zz/sessions", Buffer.buffer(good))).isEqualTo(404);
    assertThat(status("stories/else", Buffer.buffer(good))).isEqualTo(404);
    assertThat(status("sessions", Buffer.buffer(good))).isEqualTo(404);
    await(() -> hosted.running() == 0);
    // And it still serves.
    Reader reader = new Reader(20, 1, Long.MAX_VALUE);
    reader.open(remote);
    assertThat(reader.result().usage().completionTokens()).isEqualTo(20);
  }

  /** Sends bytes to a path; the status of the answer, or {@link #RESET}. */
  private int status(String path, Buffer body) throws Exception {
    return await(
        client
            .request(to(path))
            .compose(request ->
                request
                    .send(body)
                    .onSuccess(_ -> {
                      var _ = request.reset(8);
                    }))
            .map(response -> response.statusCode())
            .recover(cause ->
                cause instanceof StreamResetException
                    ? Future.succeededFuture(RESET)
                    : Future.failedFuture(cause)));
  }

  private RequestOptions to(String path) {
    return new RequestOptions()
        .setHost("127.0.0.1")
        .setPort(server.actualPort())
        .setMethod(HttpMethod.POST)
        .setURI(LinkProtocol.PREFIX + path)
        .putHeader(LinkProtocol.VERSION_HEADER, LinkProtocol.VERSION);
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("deadline").isLessThan(deadline);
      sleep(2);
    }
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private final class Reader implements MultiSubscriber<SessionEvent> {
    private final int length;
    private final long seed;
    private final long firstDemand;
    private final List<Integer> tokens = new ArrayList<>();
    private final AtomicInteger events = new AtomicInteger();
    private final Promise<Finished> result = Promise.promise();
    private volatile Flow.@Nullable Subscription subscription;

    Reader(int length, long seed, long firstDemand) {
      this.length = length;
      this.seed = seed;
      this.firstDemand = firstDemand;
    }

    SessionRequest request() {
      return new SessionRequest(
          new Prompt.Text("a prompt", true, false),
          new SamplingOptions(
              1,
              0,
              1,
              0,
              1,
              1,
              0,
              0,
              0,
              Map.of(),
              seed,
              Optional.empty(),
              Optional.empty(),
              false,
              -1),
          new StopConditions(length, List.of()),
          true,
          true);
    }

    void open(Pipeline pipeline) {
      vertx.runOnContext(_ -> pipeline.open(request()).subscribe().withSubscriber(this));
    }

    void ask(long more) {
      Objects.requireNonNull(subscription).request(more);
    }

    void cancel() {
      Objects.requireNonNull(subscription).cancel();
    }

    Finished result() throws Exception {
      return RemotePipelineTest.await(result.future());
    }

    EngineFailure failure() throws Exception {
      try {
        result();
        throw new AssertionError("did not fail");
      } catch (ExecutionException e) {
        return ((EngineException) Objects.requireNonNull(e.getCause())).failure();
      }
    }

    void assertWhole() {
      assertThat(tokens).hasSize(length);
      for (int i = 0; i < length; i++) {
        assertThat(tokens.get(i)).isEqualTo(FlakyPipeline.token(seed, i));
      }
    }

    @Override
    public void onSubscribe(Flow.Subscription granted) {
      subscription = granted;
      granted.request(firstDemand);
    }

    @Override
    public void onItem(SessionEvent event) {
      events.incrementAndGet();
      if (event instanceof Generated generated) {
        for (int token : generated.tokens()) {
          tokens.add(token);
        }
      }
      if (event instanceof Finished finished) {
        result.tryComplete(finished);
      }
    }

    @Override
    public void onFailure(Throwable failure) {
      result.tryFail(failure);
    }

    @Override
    public void onCompletion() {
      result.tryFail(new AssertionError("completed without a result"));
    }
  }
}
