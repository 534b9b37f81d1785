package dev.flotilla.sharding.store;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Another node's {@link SliceServer}. Methods block; call them on virtual threads. */
public final class PeerRangeSource implements RangeSource, AutoCloseable {

  /** A peer that sends nothing for so long has failed. */
  static final long SILENCE_MILLIS = 20_000;

  /** Connections to one peer: one for each fetch at a time. */
  static final int MAX_CONNECTIONS = 4;

  private static final int WINDOW_BYTES = 16 << 20;
  private static final int BUFFERS_AHEAD = 128;

  /** What is handed on at once: a frame's worth at a time would cost a system call for each. */
  private static final int GATHERED_BYTES = 512 << 10;

  /** How long bytes wait for more to be handed on with. */
  private static final long LINGER_MILLIS = 100;

  private static final int MAX_BITS_BYTES = ModelManifest.MAX_TENSORS / Byte.SIZE;

  private final HttpClientAgent client;
  private final Context context;
  private final String nodeId;
  private final String host;
  private final int port;

  /**
   * A peer.
   *
   * @param options TLS and protocol; what matters for throughput is set on a copy of them
   * @param nodeId whose certificate the options ask for
   */
  public PeerRangeSource(
      Vertx vertx, HttpClientOptions options, String nodeId, String host, int port) {
    HttpClientOptions tuned =
        new HttpClientOptions(options)
            .setHttp2ConnectionWindowSize(WINDOW_BYTES)
            .setHttp2MultiplexingLimit(1)
            .setDecompressionSupported(false)
            .setConnectTimeout((int) TimeUnit.SECONDS.toMillis(5));
    tuned.getInitialSettings().setInitialWindowSize(WINDOW_BYTES);
    this.client =
        vertx.createHttpClient(
            tuned,
            new PoolOptions().setHttp1MaxSize(MAX_CONNECTIONS).setHttp2MaxSize(MAX_CONNECTIONS));
    this.context = vertx.getOrCreateContext();
    this.nodeId = nodeId;
    this.host = host;
    this.port = port;
  }

  @Override
  public String nodeId() {
    return nodeId;
  }

  @Override
  public byte[] manifest(String contentId) throws IOException {
    return collect(contentId, ManifestJson.MAX_BYTES);
  }

  @Override
  public byte[] header(String contentId, int file, int bytes) throws IOException {
    return collect(contentId + "/headers/" + file, bytes);
  }

  @Override
  public BitSet tensors(String contentId) throws IOException {
    return BitSet.valueOf(collect(contentId + "/tensors", MAX_BITS_BYTES));
  }

  private byte[] collect(String path, int limit) throws IOException {
    ByteArrayOutputStream collected = new ByteArrayOutputStream();
    try (Body body = open(path, "")) {
      body.copy(
          Long.MAX_VALUE,
          bytes -> {
            if (collected.size() + bytes.remaining() > limit) {
              throw failed(path + " is longer than " + limit + " bytes", null);
            }
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            collected.writeBytes(copy);
          });
    }
    return collected.toByteArray();
  }

  @Override
  public void read(String contentId, int tensor, long from, long to, Sink sink) throws IOException {
    String path = contentId + "/tensors/" + tensor;
    try (Body body = open(path, "bytes=%d-%d".formatted(from, to - 1))) {
      long copied = body.copy(to - from, sink);
      if (copied != to - from) {
        throw failed("%s ended %d bytes early".formatted(path, to - from - copied), null);
      }
    }
  }

  private Body open(String path, String range) throws IOException {
    RequestOptions options =
        new RequestOptions()
            .setMethod(HttpMethod.GET)
            .setHost(host)
            .setPort(port)
            .setURI(SliceServer.PREFIX + path)
            .setIdleTimeout(SILENCE_MILLIS);
    if (!range.isEmpty()) {
      options.putHeader("Range", range);
    }
    Future<Body> opened =
        Future.future(promise ->
            context.runOnContext(_ ->
                client
                    .request(options)
                    .compose(request -> request.send().map(response -> new Body(request, response)))
                    .onComplete(promise)));
    Body body = await(opened, path);
    int expected = range.isEmpty() ? 200 : 206;
    if (body.response.statusCode() != expected) {
      body.close();
      throw failed("%s: status %d".formatted(path, body.response.statusCode()), null);
    }
    return body;
  }

  private Body await(Future<Body> opened, String path) throws IOException {
    try {
      return opened
          .toCompletionStage()
          .toCompletableFuture()
          .get(SILENCE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException problem) {
      throw failed(path, problem.getCause() == null ? problem : problem.getCause());
    } catch (TimeoutException silent) {
      opened.onSuccess(Body::close);
      throw failed(path, silent);
    } catch (InterruptedException hurry) {
      opened.onSuccess(Body::close);
      Thread.currentThread().interrupt();
      throw new StoreException(StoreFailure.CANCELLED, "given up", hurry);
    }
  }

  /** An answer's body, taken by a blocking thread at its own pace. */
  private final class Body implements AutoCloseable {
    private final HttpClientRequest request;
    private final HttpClientResponse response;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private boolean isOver;

    /** On the response's context, before any of its body has come. */
    Body(HttpClientRequest request, HttpClientResponse response) {
      this.request = request;
      this.response = response;
      response
          .pause()
          .handler(buffer -> events.add(new Event.Data(buffer)))
          .endHandler(_ -> events.add(new Event.End()))
          .exceptionHandler(problem -> events.add(new Event.Broken(problem)))
          .fetch(BUFFERS_AHEAD);
    }

    /** Hands on the whole body, as it comes; what came before a failure too. */
    long copy(long limit, Sink sink) throws IOException {
      Gathered gathered = new Gathered(sink);
      while (true) {
        switch (next(gathered)) {
          case Event.Data(Buffer buffer) -> {
            if (gathered.total + buffer.length() > limit) {
              throw failed("more bytes than were asked for", null);
            }
            gathered.add(buffer);
          }
          case Event.End() -> {
            isOver = true;
            gathered.handOn();
            return gathered.total;
          }
          case Event.Broken(Throwable problem) -> {
            gathered.handOn();
            throw failed("the connection broke", problem);
          }
        }
      }
    }

    /** Frames of a body that go to a sink together. */
    private final class Gathered {
      private final Sink sink;
      private final ByteBuffer bytes = ByteBuffer.allocate(GATHERED_BYTES);
      private int buffers;
      private long total;

      Gathered(Sink sink) {
        this.sink = sink;
      }

      void add(Buffer buffer) throws IOException {
        total += buffer.length();
        buffers++;
        for (int from = 0; from < buffer.length(); ) {
          int to = from + Math.min(bytes.remaining(), buffer.length() - from);
          buffer.getBytes(from, to, bytes.array(), bytes.position());
          bytes.position(bytes.position() + to - from);
          from = to;
          if (!bytes.hasRemaining()) {
            handOn();
          }
        }
        if (buffers >= BUFFERS_AHEAD / 2) {
          handOn();
        }
      }

      void handOn() throws IOException {
        sink.accept(bytes.flip());
        bytes.clear();
        int taken = buffers;
        buffers = 0;
        context.runOnContext(_ -> response.fetch(taken));
      }
    }

    private Event next(Gathered gathered) throws IOException {
      try {
        Event event = events.poll(LINGER_MILLIS, TimeUnit.MILLISECONDS);
        if (event == null) {
          gathered.handOn();
          event = events.poll(SILENCE_MILLIS, TimeUnit.MILLISECONDS);
        }
        if (event == null) {
          throw failed("silent for " + SILENCE_MILLIS + " ms", null);
        }
        return event;
      } catch (InterruptedException hurry) {
        Thread.currentThread().interrupt();
        throw new StoreException(StoreFailure.CANCELLED, "given up", hurry);
      }
    }

    @Override
    public void close() {
      if (!isOver) {
        context.runOnContext(_ -> request.reset());
      }
    }
  }

  /** What happens to a body. */
  private sealed interface Event {
    record Data(Buffer buffer) implements Event {}

    record End() implements Event {}

    record Broken(Throwable problem) implements Event {}
  }

  private StoreException failed(String what, @Nullable Throwable cause) {
    String node = nodeId.substring(0, Math.min(12, nodeId.length()));
    return new StoreException(
        StoreFailure.PEER_FAILED,
        "node %s… at %s:%d: %s%s"
            .formatted(node, host, port, what, cause == null ? "" : " (" + cause + ")"),
        cause);
  }

  @Override
  public void close() {
    var _ = client.close();
  }
}
