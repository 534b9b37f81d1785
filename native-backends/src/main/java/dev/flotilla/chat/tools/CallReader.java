package dev.flotilla.chat.tools;

import dev.flotilla.chat.tools.JsonScanner.Members;
import dev.flotilla.chat.tools.JsonScanner.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads calls at one place of a text that may not be complete. */
final class CallReader {
  /** What the object of a call may begin with; others are known early to be something else. */
  private static final Set<String> MEMBERS =
      Set.of("name", "arguments", "parameters", "type", "function", "id");

  private final CharSequence text;
  private final JsonScanner scanner;
  private final Set<String> tools;

  CallReader(CharSequence text, Set<String> tools) {
    this.text = text;
    this.scanner = new JsonScanner(text);
    this.tools = tools;
  }

  /**
   * What is there.
   *
   * @param calls those that are, if {@code end} is a position
   * @param end behind them; or {@link JsonScanner#MORE}, or {@link JsonScanner#BAD} where no call
   *     is
   */
  record Reading(List<ToolCall> calls, int end) {}

  private static Reading none(int end) {
    return new Reading(List.of(), end);
  }

  /** A call as a JSON object, behind white space. */
  Reading object(int from) {
    int at = scanner.space(from);
    if (at >= text.length()) {
      return none(JsonScanner.MORE);
    }
    Members members = scanner.members(at);
    if (!MEMBERS.containsAll(members.values().keySet())) {
      return none(JsonScanner.BAD);
    }
    if (members.end() < 0) {
      return none(members.end());
    }
    return call(members)
        .map(call -> new Reading(List.of(call), members.end()))
        .orElse(none(JsonScanner.BAD));
  }

  /** Mistral's calls, behind white space: an array of objects, or names with arguments. */
  Reading mistral(int from) {
    int at = scanner.space(from);
    if (at >= text.length()) {
      return none(JsonScanner.MORE);
    }
    return switch (text.charAt(at)) {
      case '[' -> array(at);
      case '{' -> object(at);
      default -> named(at);
    };
  }

  private Reading array(int start) {
    List<ToolCall> calls = new ArrayList<>();
    int at = start;
    do {
      Reading element = object(at + 1);
      if (element.end() < 0) {
        return element;
      }
      calls.addAll(element.calls());
      at = scanner.space(element.end());
      if (at >= text.length()) {
        return none(JsonScanner.MORE);
      }
    } while (text.charAt(at) == ',');
    return text.charAt(at) == ']' ? new Reading(calls, at + 1) : none(JsonScanner.BAD);
  }

  private Reading named(int start) {
    int brace = start;
    while (brace < text.length() && text.charAt(brace) != '{') {
      brace++;
    }
    String head = text.subSequence(start, brace).toString();
    int mark = head.indexOf('[');
    String name = (mark < 0 ? head : head.substring(0, mark)).strip();
    boolean possible =
        (brace < text.length() || mark >= 0)
            ? tools.contains(name)
            : tools.stream().anyMatch(tool -> tool.startsWith(name));
    if (!possible) {
      return none(JsonScanner.BAD);
    }
    if (brace == text.length()) {
      return none(head.length() > 200 ? JsonScanner.BAD : JsonScanner.MORE);
    }
    int end = scanner.value(brace);
    return end < 0
        ? none(end)
        : new Reading(List.of(new ToolCall(name, text.subSequence(brace, end).toString())), end);
  }

  private Optional<ToolCall> call(Members members) {
    Span nested = members.values().get("function");
    if (nested != null && text.charAt(nested.start()) == '{') {
      return call(scanner.members(nested.start()));
    }
    Span name = members.values().get("name");
    if (name == null || text.charAt(name.start()) != '"') {
      return Optional.empty();
    }
    String tool = scanner.decoded(name.start(), name.end());
    Span arguments = members.values().getOrDefault("arguments", members.values().get("parameters"));
    return tools.contains(tool)
        ? arguments(arguments).map(it -> new ToolCall(tool, it))
        : Optional.empty();
  }

  /** An object, or as some models write it, a string that holds one. */
  private Optional<String> arguments(@Nullable Span span) {
    if (span == null) {
      return Optional.of("{}");
    }
    String json =
        text.charAt(span.start()) == '"'
            ? scanner.decoded(span.start(), span.end()).strip()
            : text.subSequence(span.start(), span.end()).toString();
    boolean whole = json.startsWith("{") && new JsonScanner(json).value(0) == json.length();
    return whole ? Optional.of(json) : Optional.empty();
  }
}
