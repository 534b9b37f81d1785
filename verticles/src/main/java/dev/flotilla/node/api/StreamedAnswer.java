package dev.flotilla.node.api;

import dev.flotilla.engine.SessionEvent.Admitted;
import dev.flotilla.engine.SessionEvent.Finished;
import dev.flotilla.engine.SessionEvent.Generated;
import dev.flotilla.engine.SessionUsage;
import dev.flotilla.engine.TokenLogprob;
import dev.flotilla.sharding.ServedBy;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sends an answer as server-sent events while it is generated.
 *
 * <p>The response begins when the first session is admitted: until then a refusal is an HTTP error
 * of its own, which clients can retry; after it, an {@code error} event. Events that are at hand in
 * one turn of the event loop leave in one write.
 */
final class StreamedAnswer implements Sessions.Listener {
  /** Text held for one write; beyond it the write does not wait for the turn to end. */
  private static final int FLUSH_BYTES = 16 * 1024;

  private final RoutingContext ctx;
  private final HttpServerResponse response;
  private final Context context;
  private final ChunkWriter chunks;
  private final boolean logprobs;
  private final int choices;
  private final List<String> echoes;
  private final int[] offsets;
  private final SessionUsage[] usages;
  private final List<ToolCalls> tools;
  private @Nullable Buffer pending;
  private boolean flushing;

  StreamedAnswer(
      RoutingContext ctx, AnswerHead head, GenerationRequest request, List<String> echoes) {
    this.ctx = ctx;
    this.response = ctx.response();
    this.context = ctx.vertx().getOrCreateContext();
    this.choices = request.options().choices();
    int sessions = request.prompts().size() * choices;
    this.chunks = new ChunkWriter(head, sessions, request.options().includeUsage());
    this.logprobs = request.logprobs();
    this.echoes = echoes;
    this.offsets = new int[sessions];
    this.usages = new SessionUsage[sessions];
    this.tools = new ArrayList<>();
    for (int i = 0; i < sessions; i++) {
      request.toolCalls().ifPresent(tools::add);
    }
  }

  @Override
  public void servedBy(int index, ServedBy node) {
    AnswerHeaders.servedBy(response, index, node);
  }

  @Override
  public void admitted(int index, Admitted event) {
    AnswerHeaders.admitted(response, index, event);
    Buffer out = out();
    chunks.open(out, index);
    String echo = echoes.get(index / choices);
    if (!echo.isEmpty()) {
      chunks.text(out, index, echo);
    }
  }

  @Override
  public void generated(int index, Generated event) {
    if (tools.isEmpty()) {
      text(index, event.text(), event.logprobs());
    } else {
      write(index, tools.get(index).add(event.text()), event.logprobs());
    }
  }

  private void text(int index, String text, List<TokenLogprob> probabilities) {
    if (logprobs && !probabilities.isEmpty()) {
      chunks.text(out(), index, text, probabilities, offsets[index]);
    } else if (!text.isEmpty()) {
      chunks.text(out(), index, text);
    }
    offsets[index] += text.length();
  }

  private void write(int index, ToolCalls.Found found, List<TokenLogprob> probabilities) {
    text(index, found.content(), probabilities);
    if (!found.calls().isEmpty()) {
      chunks.calls(out(), index, found.calls());
    }
  }

  @Override
  public void finished(int index, Finished event, boolean last) {
    usages[index] = event.usage();
    boolean called = false;
    if (!tools.isEmpty()) {
      write(index, tools.get(index).finish(), List.of());
      called = tools.get(index).any();
    }
    Usage total = last ? Usage.of(List.of(usages), choices) : null;
    chunks.finish(out(), index, ChunkWriter.nameOf(event.reason(), called), total);
    if (total != null) {
      chunks.end(out(), total);
      end();
    }
  }

  @Override
  public void failed(Throwable cause) {
    if (!response.headWritten()) {
      pending = null;
      Responses.fail(ctx, cause);
      return;
    }
    ChunkWriter.error(out(), Responses.describe(ctx, cause));
    end();
  }

  @Override
  public boolean ready(Runnable resume) {
    if (response.writeQueueFull()) {
      response.drainHandler(drained -> resume.run());
      return false;
    }
    return true;
  }

  /** The buffer of this turn of the event loop, which is written after what is queued already. */
  private Buffer out() {
    Buffer out = pending;
    if (out == null) {
      out = Buffer.buffer(1024);
      pending = out;
    } else if (out.length() >= FLUSH_BYTES) {
      flush();
      return out();
    }
    if (!flushing) {
      flushing = true;
      context.runOnContext(turn -> {
        flushing = false;
        flush();
      });
    }
    return out;
  }

  private void flush() {
    Buffer out = pending;
    pending = null;
    if (out != null && writable()) {
      response.write(out);
    }
  }

  private void end() {
    Buffer out = out();
    pending = null;
    if (writable()) {
      response.end(out);
    }
  }

  /** Whether the client is still there; writes the head before the first write. */
  private boolean writable() {
    if (response.ended() || response.closed()) {
      return false;
    }
    begin(response);
    return true;
  }

  /** Makes a response a stream of events, unless it is one already. */
  static void begin(HttpServerResponse response) {
    if (!response.headWritten()) {
      response
          .setChunked(true)
          .putHeader("Content-Type", "text/event-stream; charset=utf-8")
          .putHeader("Cache-Control", "no-cache")
          // Proxies such as nginx hold events back without it.
          .putHeader("X-Accel-Buffering", "no");
    }
  }

  /** Ends a request before its first event: by a status of its own, unless it is too late. */
  static void refuse(RoutingContext ctx, Throwable cause) {
    HttpServerResponse response = ctx.response();
    if (!response.headWritten()) {
      ctx.fail(cause);
    } else if (!response.ended() && !response.closed()) {
      Buffer out = Buffer.buffer();
      ChunkWriter.error(out, Responses.describe(ctx, cause));
      var _ = response.end(out);
    }
  }
}
