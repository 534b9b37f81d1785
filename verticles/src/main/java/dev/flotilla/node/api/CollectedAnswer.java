package dev.flotilla.node.api;

import dev.flotilla.engine.SessionEvent.Admitted;
import dev.flotilla.engine.SessionEvent.Finished;
import dev.flotilla.engine.SessionEvent.Generated;
import dev.flotilla.engine.SessionUsage;
import dev.flotilla.engine.TokenLogprob;
import dev.flotilla.sharding.ServedBy;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sends an answer as one JSON object when all of it is there. */
final class CollectedAnswer implements Sessions.Listener {
  /** The longest answer that is held in memory, all choices together. */
  static final int MAX_CHARS = 16 * 1024 * 1024;

  private final RoutingContext ctx;
  private final AnswerHead head;
  private final boolean logprobs;
  private final int choices;
  private final List<Choice> answers = new ArrayList<>();
  private int chars;

  CollectedAnswer(
      RoutingContext ctx, AnswerHead head, GenerationRequest request, List<String> echoes) {
    this.ctx = ctx;
    this.head = head;
    this.logprobs = request.logprobs();
    this.choices = request.options().choices();
    for (String echo : echoes) {
      for (int i = 0; i < choices; i++) {
        answers.add(new Choice(echo, request.toolCalls().orElse(null)));
      }
    }
  }

  /** One choice as far as it was generated. */
  private static final class Choice {
    final StringBuilder text;
    final List<TokenLogprob> logprobs = new ArrayList<>();
    final JsonArray calls = new JsonArray();
    final @Nullable ToolCalls tools;
    @Nullable Finished finished;

    Choice(String echo, @Nullable ToolCalls tools) {
      this.text = new StringBuilder(echo);
      this.tools = tools;
    }

    void add(String piece) {
      if (tools == null) {
        text.append(piece);
      } else {
        add(tools.add(piece));
      }
    }

    void finish(Finished event) {
      finished = event;
      if (tools != null) {
        add(tools.finish());
      }
    }

    private void add(ToolCalls.Found found) {
      text.append(found.content());
      // The index is for putting streamed pieces together.
      found.calls().forEach(call -> ((JsonObject) call).remove("index"));
      calls.addAll(found.calls());
    }

    Finished end() {
      if (finished == null) {
        throw new IllegalStateException("not finished");
      }
      return finished;
    }
  }

  @Override
  public void servedBy(int index, ServedBy node) {
    AnswerHeaders.servedBy(ctx.response(), index, node);
  }

  @Override
  public void admitted(int index, Admitted event) {
    AnswerHeaders.admitted(ctx.response(), index, event);
  }

  @Override
  public void generated(int index, Generated event) {
    chars += event.text().length();
    if (chars > MAX_CHARS) {
      throw ApiException.invalid(
          "stream", "The answer is longer than " + MAX_CHARS + " characters: ask for a stream.");
    }
    Choice choice = answers.get(index);
    choice.add(event.text());
    if (logprobs) {
      choice.logprobs.addAll(event.logprobs());
    }
  }

  @Override
  public void finished(int index, Finished event, boolean last) {
    answers.get(index).finish(event);
    if (last) {
      Responses.json(ctx, body());
    }
  }

  @Override
  public void failed(Throwable cause) {
    Responses.fail(ctx, cause);
  }

  @Override
  public boolean ready(Runnable resume) {
    return true;
  }

  private JsonObject body() {
    JsonArray list = new JsonArray();
    List<SessionUsage> usages = new ArrayList<>();
    for (int i = 0; i < answers.size(); i++) {
      Choice choice = answers.get(i);
      list.add(choice(i, choice));
      usages.add(choice.end().usage());
    }
    Usage total = Usage.of(usages, choices);
    return head.toJson(head.kind().object())
        .put("choices", list)
        .put("usage", total.toJson())
        .put("timings", total.timings());
  }

  private JsonObject choice(int index, Choice choice) {
    String text = choice.text.toString();
    JsonObject json = new JsonObject().put("index", index);
    JsonObject probabilities = null;
    switch (head.kind()) {
      case CHAT -> {
        json.put("message", message(text, choice.calls));
        probabilities = logprobs ? Logprobs.chat(choice.logprobs) : null;
      }
      case COMPLETION -> {
        json.put("text", text);
        probabilities = logprobs ? Logprobs.completion(choice.logprobs, 0) : null;
      }
    }
    return json.put("logprobs", probabilities)
        .put("finish_reason", ChunkWriter.nameOf(choice.end().reason(), !choice.calls.isEmpty()));
  }

  private static JsonObject message(String text, JsonArray calls) {
    JsonObject message = new JsonObject().put("role", "assistant");
    message.put("content", text.isEmpty() && !calls.isEmpty() ? null : text).putNull("refusal");
    return calls.isEmpty() ? message : message.put("tool_calls", calls);
  }
}
