package dev.flotilla.chat.tools;

import dev.flotilla.chat.ChatPrompt;
import dev.flotilla.chat.ToolFormat;
import dev.flotilla.chat.ToolStyle;
import dev.flotilla.chat.schema.JsonStrings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Writes conversations with tools the way that a chat template expects them. */
public final class ToolPrompt {
  /** The words that Hermes models were trained with, which others follow as well. */
  private static final String INTRODUCTION =
      """
      You may call one or more functions to assist with the user query.
      The functions are described within <tools></tools> tags:
      <tools>
      {tools}</tools>
      For each function call, return a JSON object with its name and arguments within \
      <tool_call></tool_call> tags:
      <tool_call>
      {"name": <function-name>, "arguments": <arguments-object>}
      </tool_call>\
      """;

  private ToolPrompt() {}

  /**
   * A conversation for a template of this style. Arguments of past calls are objects in {@code
   * prompt}; where the template knows no tools, all about them becomes plain text.
   */
  public static ChatPrompt adapt(ChatPrompt prompt, ToolStyle style) {
    if (style.format() != ToolFormat.GENERIC) {
      return style.parsedArguments() ? prompt : withMessages(prompt, unparsed(prompt.messages()));
    }
    List<Map<String, Object>> messages = new ArrayList<>();
    prompt.messages().forEach(message -> messages.add(plain(message)));
    if (!prompt.tools().isEmpty()) {
      introduce(messages, introduction(prompt.tools()), style.systemRole());
    }
    return new ChatPrompt(
        List.copyOf(messages), List.of(), prompt.addGenerationPrompt(), prompt.variables());
  }

  private static ChatPrompt withMessages(ChatPrompt prompt, List<Map<String, Object>> messages) {
    return new ChatPrompt(
        messages, prompt.tools(), prompt.addGenerationPrompt(), prompt.variables());
  }

  private static List<Map<String, Object>> unparsed(List<Map<String, Object>> messages) {
    List<Map<String, Object>> all = new ArrayList<>();
    for (Map<String, Object> message : messages) {
      if (message.get("tool_calls") instanceof List<?> calls) {
        Map<String, Object> copy = new LinkedHashMap<>(message);
        copy.put("tool_calls", calls.stream().map(ToolPrompt::unparsed).toList());
        all.add(copy);
      } else {
        all.add(message);
      }
    }
    return all;
  }

  private static Object unparsed(Object call) {
    if (!(call instanceof Map<?, ?> map) || !(map.get("function") instanceof Map<?, ?> function)) {
      return call;
    }
    Map<Object, Object> text = new LinkedHashMap<>(function);
    text.put("arguments", argumentsOf(function));
    Map<Object, Object> copy = new LinkedHashMap<>(map);
    copy.put("function", text);
    return copy;
  }

  private static String argumentsOf(Map<?, ?> function) {
    Object arguments = function.get("arguments");
    return arguments instanceof String text ? text : JsonStrings.json(arguments);
  }

  /** Calls and results as a model without a format of its own is told to write them. */
  private static Map<String, Object> plain(Map<String, Object> message) {
    String content = String.valueOf(message.get("content"));
    if ("tool".equals(message.get("role"))) {
      return Map.of(
          "role", "user", "content", "<tool_response>\n" + content + "\n</tool_response>");
    }
    if (!(message.get("tool_calls") instanceof List<?> calls)) {
      return message;
    }
    StringBuilder text = new StringBuilder(content);
    for (Object call : calls) {
      if (call instanceof Map<?, ?> map && map.get("function") instanceof Map<?, ?> function) {
        text.append(text.isEmpty() ? "" : "\n")
            .append("<tool_call>\n{\"name\": ")
            .append(JsonStrings.json(function.get("name")))
            .append(", \"arguments\": ")
            .append(argumentsOf(function))
            .append("}\n</tool_call>");
      }
    }
    return Map.of("role", "assistant", "content", text.toString());
  }

  private static String introduction(List<Map<String, Object>> tools) {
    String all =
        tools.stream().map(tool -> JsonStrings.json(tool) + "\n").collect(Collectors.joining());
    return INTRODUCTION.replace("{tools}", all);
  }

  private static void introduce(
      List<Map<String, Object>> messages, String introduction, boolean systemRole) {
    String role = systemRole ? "system" : "user";
    if (!messages.isEmpty() && role.equals(messages.getFirst().get("role"))) {
      Map<String, Object> first = new LinkedHashMap<>(messages.getFirst());
      String content = String.valueOf(first.get("content"));
      first.put(
          "content",
          systemRole ? content + "\n\n" + introduction : introduction + "\n\n" + content);
      messages.set(0, first);
    } else {
      messages.addFirst(Map.of("role", role, "content", introduction));
    }
  }
}
