package dev.flotilla.node.api;

import dev.flotilla.chat.ChatException;
import dev.flotilla.chat.ToolFormat;
import dev.flotilla.chat.tools.Tool;
import dev.flotilla.chat.tools.ToolCallParser;
import dev.flotilla.chat.tools.ToolChoice;
import dev.flotilla.chat.tools.ToolGrammar;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The tools of a chat: {@code tools}, {@code tool_choice}, {@code parallel_tool_calls}.
 *
 * @param tools what the model is told of; empty where it must not call any
 * @param choice which of them it calls
 * @param parallel whether one answer may hold several calls
 */
record ToolUse(List<Tool> tools, ToolChoice choice, boolean parallel) {
  /** The most tools of one request, which is OpenAI's bound. */
  static final int MAX_TOOLS = 128;

  static ToolUse parse(Fields fields) {
    List<Tool> tools = tools(fields);
    ToolChoice choice = choice(fields, tools);
    boolean parallel = fields.flag("parallel_tool_calls", true);
    return new ToolUse(choice instanceof ToolChoice.None ? List.of() : tools, choice, parallel);
  }

  private static List<Tool> tools(Fields fields) {
    List<Fields> elements = fields.objects("tools");
    if (elements.size() > MAX_TOOLS) {
      throw fields.invalid("tools", "'tools' may hold " + MAX_TOOLS + " tools.");
    }
    List<Tool> tools = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Fields element : elements) {
      Tool tool = tool(element);
      if (!names.add(tool.name())) {
        throw element.invalid("function.name", "Two tools are called '" + tool.name() + "'.");
      }
      tools.add(tool);
    }
    return List.copyOf(tools);
  }

  private static Tool tool(Fields fields) {
    String type = fields.requiredText("type");
    if (!type.equals("function")) {
      throw new ApiException(
          ApiFailure.UNSUPPORTED,
          fields.path("type"),
          "'" + fields.path("type") + "': tools are functions, not of another type.");
    }
    Fields function = fields.object("function").orElseThrow(() -> fields.missing("function"));
    String name = function.requiredText("name");
    if (!name.matches("[a-zA-Z0-9_.-]{1,64}")) {
      throw function.invalid(
          "name",
          "'" + function.path("name") + "' must be 1 to 64 letters, digits, '_', '-' or '.'.");
    }
    function.text("description");
    Map<String, Object> none = Map.of("type", "object", "properties", Map.of());
    return new Tool(
        name, function.object("parameters").map(Fields::asMap).orElse(none), fields.asMap());
  }

  private static ToolChoice choice(Fields fields, List<Tool> tools) {
    ToolChoice choice =
        switch (fields.raw("tool_choice")) {
          case null -> new ToolChoice.Auto();
          case String word -> choice(fields, word);
          case Map<?, ?> _ -> named(fields.object("tool_choice").orElseThrow(), tools);
          case Object other ->
              throw Fields.wrongType(fields.path("tool_choice"), "a string or an object", other);
        };
    if (tools.isEmpty() && choice instanceof ToolChoice.Required) {
      throw fields.invalid("tool_choice", "'tool_choice' needs 'tools'.");
    }
    return choice;
  }

  private static ToolChoice choice(Fields fields, String word) {
    return switch (word) {
      case "auto" -> new ToolChoice.Auto();
      case "none" -> new ToolChoice.None();
      case "required" -> new ToolChoice.Required();
      default ->
          throw fields.invalid(
              "tool_choice",
              "'tool_choice' must be \"auto\", \"none\", \"required\" or a function.");
    };
  }

  private static ToolChoice named(Fields choice, List<Tool> tools) {
    String type = choice.requiredText("type");
    if (!type.equals("function")) {
      throw new ApiException(
          ApiFailure.UNSUPPORTED,
          choice.path("type"),
          "'" + choice.path("type") + "' must be \"function\".");
    }
    Fields function = choice.object("function").orElseThrow(() -> choice.missing("function"));
    String name = function.requiredText("name");
    if (tools.stream().noneMatch(tool -> tool.name().equals(name))) {
      throw function.invalid("name", "'tools' has no function '" + name + "'.");
    }
    return new ToolChoice.Named(name);
  }

  /** Whether the answer is searched for calls. */
  boolean active() {
    return !tools.isEmpty();
  }

  /** What the template is told of. */
  List<Map<String, Object>> definitions() {
    return tools.stream().map(Tool::definition).toList();
  }

  /** Finds the calls in one choice's answer. */
  ToolCallParser parser(ToolFormat format) {
    return new ToolCallParser(
        format, tools.stream().map(Tool::name).collect(Collectors.toUnmodifiableSet()));
  }

  /**
   * The grammar that the answer must match, if any.
   *
   * @param instead the schema of {@code response_format}, if the request has one
   * @throws ApiException 400 where no grammar can express a schema
   */
  Optional<String> grammar(ToolFormat format, Optional<Map<String, Object>> instead) {
    List<Tool> callable =
        switch (choice) {
          case ToolChoice.Auto _ -> instead.isPresent() ? tools : List.of();
          case ToolChoice.None _ -> List.of();
          case ToolChoice.Required _ -> tools;
          case ToolChoice.Named(String name) ->
              tools.stream().filter(tool -> tool.name().equals(name)).toList();
        };
    if (callable.isEmpty()) {
      return Optional.empty();
    }
    boolean one = !parallel || choice instanceof ToolChoice.Named;
    Optional<Map<String, Object>> other =
        choice instanceof ToolChoice.Auto ? instead : Optional.empty();
    try {
      return Optional.of(ToolGrammar.gbnf(format, callable, !one, other));
    } catch (ChatException e) {
      throw ApiException.invalid("tools", e.getMessage());
    }
  }
}
