package dev.flotilla.sharding.store;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives what this node has of models to other nodes. Who may ask is decided by the server that this
 * is mounted on.
 *
 * <pre>
 * GET /slices/{manifest}              the manifest
 * GET /slices/{manifest}/headers/{n}  the bytes before the tensors of its n-th file
 * GET /slices/{manifest}/tensors      which tensors are here, one bit each, lowest first
 * GET /slices/{manifest}/tensors/{n}  the n-th tensor's data, or a range of it
 * </pre>
 */
public final class SliceServer implements Handler<HttpServerRequest> {
  private static final Logger log = LoggerFactory.getLogger(SliceServer.class);

  /** What paths of this handler begin with. */
  public static final String PREFIX = "/slices/";

  /** More answers at a time are refused with 503. */
  static final int MAX_TRANSFERS = 64;

  private static final int READ_BUFFER_BYTES = 256 << 10;
  private static final Pattern PATH =
      Pattern.compile("/slices/([0-9a-f]{64})(?:/(headers|tensors)(?:/(\\d{1,6}))?)?");
  private static final Pattern RANGE = Pattern.compile("bytes=(\\d{1,18})-(\\d{1,18})");

  private final Vertx vertx;
  private final List<TensorHolder> holders;
  private final AtomicInteger transfers = new AtomicInteger();

  /**
   * Serves what the holders have; the first that has something gives it.
   *
   * @param holders asked on worker threads
   */
  public SliceServer(Vertx vertx, List<TensorHolder> holders) {
    this.vertx = vertx;
    this.holders = List.copyOf(holders);
  }

  @Override
  public void handle(HttpServerRequest request) {
    Matcher path = PATH.matcher(request.path());
    if (!path.matches()) {
      refuse(request.response(), 404);
    } else if (!request.method().equals(HttpMethod.GET)) {
      refuse(request.response(), 405);
    } else if (transfers.incrementAndGet() > MAX_TRANSFERS) {
      transfers.decrementAndGet();
      request.response().putHeader(HttpHeaders.RETRY_AFTER, "1");
      refuse(request.response(), 503);
    } else {
      answer(request, path)
          .onComplete(result -> {
            transfers.decrementAndGet();
            if (result.failed()) {
              log.debug("{} was not answered", request.path(), result.cause());
              request.response().reset();
            }
          });
    }
  }

  private Future<Void> answer(HttpServerRequest request, Matcher path) {
    String contentId = path.group(1);
    String kind = path.group(2);
    String number = path.group(3);
    HttpServerResponse response = request.response();
    if (kind == null) {
      return vertx
          .executeBlocking(() -> first(holder -> holder.manifest(contentId)), false)
          .compose(bytes ->
              bytes.isPresent() ? response.end(Buffer.buffer(bytes.get())) : refuse(response, 404));
    }
    if (number == null) {
      return kind.equals("tensors")
          ? vertx
              .executeBlocking(() -> here(contentId), false)
              .compose(here -> response.end(Buffer.buffer(here.toByteArray())))
          : refuse(response, 404);
    }
    int index = Integer.parseInt(number);
    return vertx
        .executeBlocking(
            () ->
                first(holder ->
                    kind.equals("tensors")
                        ? holder.tensor(contentId, index)
                        : holder.header(contentId, index)),
            false)
        .compose(range -> range.isPresent() ? send(request, range.get()) : refuse(response, 404));
  }

  /** Asks one holder. */
  @FunctionalInterface
  private interface Question<T> {
    Optional<T> ask(TensorHolder holder) throws IOException;
  }

  private <T> Optional<T> first(Question<T> question) throws IOException {
    for (TensorHolder holder : holders) {
      Optional<T> answer = question.ask(holder);
      if (answer.isPresent()) {
        return answer;
      }
    }
    return Optional.empty();
  }

  private BitSet here(String contentId) throws IOException {
    BitSet here = new BitSet();
    for (TensorHolder holder : holders) {
      here.or(holder.tensors(contentId));
    }
    return here;
  }

  private Future<Void> send(HttpServerRequest request, FileRange whole) {
    HttpServerResponse response = request.response();
    String header = request.getHeader("Range");
    long from = 0;
    long to = whole.bytes();
    if (header != null) {
      Matcher range = RANGE.matcher(header);
      if (!range.matches()) {
        return refuse(response, 416);
      }
      from = Long.parseLong(range.group(1));
      to = Math.min(to, Long.parseLong(range.group(2)) + 1);
      if (from >= to) {
        return refuse(response, 416);
      }
      response
          .setStatusCode(206)
          .putHeader(
              HttpHeaders.CONTENT_RANGE, "bytes %d-%d/%d".formatted(from, to - 1, whole.bytes()));
    }
    response.putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(to - from));
    return to == from
        ? response.end()
        : copy(new FileRange(whole.file(), whole.position() + from, to - from), response);
  }

  private Future<Void> copy(FileRange range, HttpServerResponse response) {
    return vertx
        .fileSystem()
        .open(range.file().toString(), new OpenOptions().setWrite(false).setCreate(false))
        .compose(file -> {
          AsyncFile source = file.setReadBufferSize(READ_BUFFER_BYTES);
          source.setReadPos(range.position()).setReadLength(range.bytes());
          return source.pipeTo(response).eventually(source::close);
        });
  }

  private static Future<Void> refuse(HttpServerResponse response, int status) {
    return response.setStatusCode(status).end();
  }
}
