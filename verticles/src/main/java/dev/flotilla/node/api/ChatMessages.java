package dev.flotilla.node.api;

import dev.flotilla.chat.ChatPrompt;
import dev.flotilla.chat.ChatTemplate;
import dev.flotilla.chat.tools.ToolPrompt;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A conversation as a request states it: {@code messages}, {@code tools}, {@code
 * chat_template_kwargs}, {@code add_generation_prompt}.
 *
 * <p>A conversation that ends with the assistant's turn is continued, as llama-server does: the
 * turn is left out of the template, whose generation prompt is then followed by the turn's text.
 *
 * @param prompt what the template gets
 * @param continued text after the rendered prompt; empty where the last turn is not the assistant's
 */
record ChatMessages(ChatPrompt prompt, String continued) {

  /** The most turns of one conversation. */
  static final int MAX_MESSAGES = 16_384;

  static ChatMessages parse(Fields fields, ToolUse tools) {
    List<Fields> elements = fields.objects("messages");
    if (elements.isEmpty()) {
      throw fields.has("messages")
          ? fields.invalid("messages", "'messages' must not be empty.")
          : fields.missing("messages");
    }
    if (elements.size() > MAX_MESSAGES) {
      throw fields.invalid("messages", "'messages' may hold " + MAX_MESSAGES + " turns.");
    }
    List<Map<String, Object>> messages = new ArrayList<>(elements.size());
    elements.forEach(element -> messages.add(message(element)));
    boolean generate = fields.flag("add_generation_prompt", true);
    Optional<String> continued = generate ? prefill(fields, messages) : Optional.empty();
    if (continued.isPresent()) {
      messages.removeLast();
    }
    return new ChatMessages(
        new ChatPrompt(List.copyOf(messages), tools.definitions(), generate, variables(fields)),
        continued.orElse(""));
  }

  /** The prompt text. */
  String render(ChatTemplate template) {
    return template.render(ToolPrompt.adapt(prompt, template.toolStyle())) + continued;
  }

  private static Map<String, Object> message(Fields fields) {
    Map<String, Object> message = new LinkedHashMap<>(fields.asMap());
    String role = fields.requiredText("role");
    // OpenAI's newer name; published templates know the older one.
    message.put("role", role.equals("developer") ? "system" : role);
    List<Object> calls = fields.objects("tool_calls").stream().map(ChatMessages::call).toList();
    if (calls.isEmpty()) {
      message.remove("tool_calls");
    } else {
      message.put("tool_calls", calls);
    }
    if (role.equals("tool")) {
      // Some clients leave it out, but it may not be anything else.
      fields.text("tool_call_id");
    }
    if (fields.has("content")) {
      message.put("content", content(fields));
    } else if (calls.isEmpty()) {
      throw fields.missing("content");
    } else {
      // OpenAI's null; templates join it to other text.
      message.put("content", "");
    }
    return message;
  }

  /** A past call. Its arguments are JSON text in OpenAI's shape, an object to most templates. */
  private static Object call(Fields fields) {
    Fields function = fields.object("function").orElseThrow(() -> fields.missing("function"));
    function.requiredText("name");
    Map<String, Object> parsed = new LinkedHashMap<>(function.asMap());
    parsed.put("arguments", arguments(function));
    Map<String, Object> call = new LinkedHashMap<>(fields.asMap());
    call.put("function", parsed);
    call.putIfAbsent("type", "function");
    return call;
  }

  private static Object arguments(Fields function) {
    Object arguments = function.raw("arguments");
    if (arguments == null || arguments.equals("")) {
      return Map.of();
    }
    if (arguments instanceof Map<?, ?>) {
      return arguments;
    }
    String text = Fields.text(function.path("arguments"), arguments);
    try {
      return Json.object(Buffer.buffer(text));
    } catch (ApiException e) {
      throw function.invalid(
          "arguments", "'" + function.path("arguments") + "' must hold a JSON object.");
    }
  }

  /** Text parts become one text, a line each: templates mostly take nothing else. */
  private static String content(Fields fields) {
    Object content = fields.raw("content");
    if (content instanceof String text) {
      return text;
    }
    if (!(content instanceof List<?>)) {
      throw Fields.wrongType(fields.path("content"), "a string or an array of text parts", content);
    }
    List<String> texts = new ArrayList<>();
    for (Fields part : fields.objects("content")) {
      String type = part.requiredText("type");
      if (!type.equals("text")) {
        throw new ApiException(
            ApiFailure.UNSUPPORTED,
            part.path("type"),
            "'" + part.path("type") + "': this model takes text parts only, not '" + type + "'.");
      }
      texts.add(part.requiredText("text"));
    }
    return String.join("\n", texts);
  }

  private static Optional<String> prefill(Fields fields, List<Map<String, Object>> messages) {
    if (!isAssistant(messages.getLast()) || messages.getLast().get("tool_calls") != null) {
      return Optional.empty();
    }
    if (messages.size() > 1 && isAssistant(messages.get(messages.size() - 2))) {
      throw fields.invalid("messages", "'messages' must not end with two turns of the assistant.");
    }
    return Optional.of(String.valueOf(messages.getLast().get("content")));
  }

  private static boolean isAssistant(Map<String, Object> message) {
    return "assistant".equals(message.get("role"));
  }

  private static Map<String, Object> variables(Fields fields) {
    return fields.object("chat_template_kwargs").map(Fields::asMap).orElse(Map.of());
  }
}
