package dev.flotilla.federation.link;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.SamplingOptions;
import dev.flotilla.engine.SessionEvent;
import dev.flotilla.engine.SessionEvent.Generated;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.StopConditions;
import dev.flotilla.federation.Announcements;
import dev.flotilla.federation.FederatedPipeline;
import dev.flotilla.federation.FederationObserver;
import dev.flotilla.federation.FederationOptions;
import dev.flotilla.federation.FlakyPipeline;
import dev.flotilla.federation.ReplicaAnnouncement;
import dev.flotilla.federation.ReplicaDirectory;
import dev.flotilla.federation.Replicas;
import dev.flotilla.sharding.Pipeline;
import io.smallrye.mutiny.Multi;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A gateway over heads on loopback, one of which goes away while it answers. */
class FailoverTest {
  private static final int HEADS = 3;
  private static final int STREAMS = 60;

  private static final int TOKENS = 300;

  /** After so many events a reader asks for no more until a head is gone. */
  private static final int EVENTS_BEFORE = 30;

  private final Vertx vertx = Vertx.vertx();
  private final List<FlakyPipeline> hosted = new ArrayList<>();
  private final List<HttpServer> servers = new ArrayList<>();
  private final List<RemotePipeline> remotes = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  @Test
  void streamsOutliveTheirHead() throws Exception {
    HttpClient client =
        vertx.createHttpClient(LinkTransport.client(new HttpClientOptions()), LinkTransport.pool());
    for (int i = 0; i < HEADS; i++) {
      start(i, client);
    }
    ConcurrentLinkedQueue<Long> pauses = new ConcurrentLinkedQueue<>();
    FederatedPipeline federated =
        new FederatedPipeline(
            vertx,
            hosted.getFirst().model(),
            new Swarm(),
            FederationOptions.STANDARD,
            new FederationObserver() {
              @Override
              public void resumed(String modelId, String nodeId, long pauseNanos) {
                pauses.add(pauseNanos);
              }
            },
            new Random(1));
    List<Reading> readings = new ArrayList<>();
    for (int seed = 0; seed < STREAMS; seed++) {
      Reading reading = new Reading();
      readings.add(reading);
      Multi<SessionEvent> session = federated.open(request(seed));
      vertx.runOnContext(_ -> session.subscribe().withSubscriber(reading));
    }
    for (Reading reading : readings) {
      await(reading.begun.future());
    }
    stopTheBusiestHead();
    readings.forEach(Reading::goOn);
    for (int seed = 0; seed < STREAMS; seed++) {
      List<Integer> tokens = await(readings.get(seed).answer.future());
      assertThat(tokens).hasSize(TOKENS);
      for (int i = 0; i < TOKENS; i++) {
        assertThat(tokens.get(i)).isEqualTo(FlakyPipeline.token(seed, i));
      }
    }
    System.out.printf(
        "%d streams moved, longest pause %.1f ms%n",
        pauses.size(), pauses.stream().mapToLong(Long::longValue).max().orElse(0) / 1e6);
    assertThat(pauses).isNotEmpty();
    federated.close();
  }

  /** Its sessions have come to where their readers wait: none of them is done. */
  private void stopTheBusiestHead() throws Exception {
    int busiest = 0;
    for (int i = 1; i < HEADS; i++) {
      busiest = hosted.get(i).running() > hosted.get(busiest).running() ? i : busiest;
    }
    await(servers.get(busiest).close());
  }

  private static SessionRequest request(long seed) {
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
        new StopConditions(TOKENS, List.of()),
        true,
        true);
  }

  /** Reads the beginning of a stream, and the rest when it is asked to. */
  private static final class Reading implements Flow.Subscriber<SessionEvent> {
    final Promise<Void> begun = Promise.promise();
    final Promise<List<Integer>> answer = Promise.promise();
    private final List<Integer> tokens = new ArrayList<>();
    private int events;
    private volatile Flow.@Nullable Subscription asked;

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      asked = subscription;
      subscription.request(EVENTS_BEFORE);
    }

    void goOn() {
      requireNonNull(asked).request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(SessionEvent event) {
      if (event instanceof Generated generated) {
        for (int token : generated.tokens()) {
          tokens.add(token);
        }
      }
      if (++events == EVENTS_BEFORE) {
        begun.complete();
      }
    }

    @Override
    public void onError(Throwable failure) {
      begun.tryFail(failure);
      answer.fail(failure);
    }

    @Override
    public void onComplete() {
      begun.tryComplete();
      answer.complete(tokens);
    }
  }

  private void start(int number, HttpClient client) throws Exception {
    FlakyPipeline pipeline = new FlakyPipeline(vertx, number, 0);
    hosted.add(pipeline);
    HostedReplicas.Hosted only =
        new HostedReplicas.Hosted() {
          @Override
          public Pipeline pipeline() {
            return pipeline;
          }

          @Override
          public ReplicaAnnouncement announcement() {
            return FailoverTest.this.announcement(number);
          }

          @Override
          public byte[] description() {
            return Announcements.description("stories").encode();
          }
        };
    HttpServer server =
        await(
            vertx
                .createHttpServer(LinkTransport.server(new HttpServerOptions()))
                .requestHandler(new PipelineServer(vertx, _ -> Optional.of(only)))
                .listen(0, "127.0.0.1"));
    servers.add(server);
    remotes.add(
        new RemotePipeline(
            vertx,
            client,
            SocketAddress.inetSocketAddress(server.actualPort(), "127.0.0.1"),
            pipeline.model(),
            pipeline::status,
            5_000,
            () -> {}));
  }

  private ReplicaAnnouncement announcement(int number) {
    return Announcements.of(number, 1, 1, STREAMS, hosted.get(number).running());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  private final class Swarm implements Replicas {
    @Override
    public ReplicaDirectory directory() {
      ReplicaDirectory directory = ReplicaDirectory.EMPTY;
      for (int i = 0; i < HEADS; i++) {
        directory = directory.with(announcement(i), System.nanoTime());
      }
      return directory;
    }

    @Override
    public Future<Void> gone(ReplicaAnnouncement replica) {
      throw new AssertionError("no head gives its model up");
    }

    @Override
    public Optional<Link> link(String nodeId, String modelId) {
      RemotePipeline remote = remotes.get(Integer.parseInt(nodeId, 16));
      return Optional.of(
          new Link() {
            @Override
            public Pipeline pipeline() {
              return remote;
            }

            @Override
            public Future<ReplicaAnnouncement> probe() {
              return remote.probe();
            }

            @Override
            public double roundTripSeconds() {
              return 0.001;
            }
          });
    }
  }
}
