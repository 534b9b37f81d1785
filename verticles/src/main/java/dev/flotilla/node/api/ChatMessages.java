package dev.flotilla.node.api;

import dev.flotilla.chat.ChatPrompt;
import dev.flotilla.chat.ChatTemplate;
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

  static ChatMessages parse(Fields fields) {
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
        new ChatPrompt(List.copyOf(messages), tools(fields), generate, variables(fields)),
        continued.orElse(""));
  }

  /** The prompt text. */
  String render(ChatTemplate template) {
    return template.render(prompt) + continued;
  }

  private static Map<String, Object> message(Fields fields) {
    Map<String, Object> message = new LinkedHashMap<>(fields.asMap());
    String role = fields.requiredText("role");
    // OpenAI's newer name; published templates know the older one.
    message.put("role", role.equals("developer") ? "system" : role);
    boolean calls = !fields.objects("tool_calls").isEmpty();
    if (fields.has("content")) {
      message.put("content", content(fields));
    } else if (!calls) {
      throw fields.missing("content");
    }
    return message;
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

  /** Tools are told to the model; {@code tool_choice: "none"} keeps them from it. */
  private static List<Map<String, Object>> tools(Fields fields) {
    List<Map<String, Object>> tools = fields.objects("tools").stream().map(Fields::asMap).toList();
    Object choice = fields.raw("tool_choice");
    if (choice != null && !(choice instanceof String) && !(choice instanceof Map<?, ?>)) {
      throw Fields.wrongType(fields.path("tool_choice"), "a string or an object", choice);
    }
    return "none".equals(choice) ? List.of() : tools;
  }

  private static Map<String, Object> variables(Fields fields) {
    return fields.object("chat_template_kwargs").map(Fields::asMap).orElse(Map.of());
  }
}
