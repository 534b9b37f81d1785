package dev.flotilla.chat.tools;

import static dev.flotilla.chat.schema.Gbnf.choice;
import static dev.flotilla.chat.schema.Gbnf.literal;
import static dev.flotilla.chat.schema.Gbnf.sequence;

import dev.flotilla.chat.ChatException;
import dev.flotilla.chat.ToolFormat;
import dev.flotilla.chat.schema.Gbnf;
import dev.flotilla.chat.schema.GbnfRules;
import dev.flotilla.chat.schema.JsonGrammar;
import dev.flotilla.chat.schema.JsonStrings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Grammars of answers that call tools, each with arguments that match its schema. */
public final class ToolGrammar {
  /** The most calls that one answer may be made to hold. */
  private static final int MAX_CALLS = 16;

  private ToolGrammar() {}

  /**
   * The grammar of calls in a format.
   *
   * @param tools those that may be called, at least one
   * @param parallel whether several calls may follow one another, where the format has that
   * @param instead the schema of what may be answered instead of calls
   * @throws ChatException {@link dev.flotilla.chat.ChatFailure#SCHEMA}, naming the tool
   */
  public static String gbnf(
      ToolFormat format,
      List<Tool> tools,
      boolean parallel,
      Optional<Map<String, Object>> instead) {
    GbnfRules rules = new GbnfRules();
    List<Gbnf> calls = new ArrayList<>();
    for (Tool tool : tools) {
      calls.add(rules.define("call-" + tool.name(), call(format, tool, arguments(rules, tool))));
    }
    Gbnf call = rules.define("call", choice(calls));
    Gbnf answer =
        switch (format) {
          case HERMES, GENERIC -> several(call, "\n", parallel);
          case LLAMA -> call;
          case MISTRAL ->
              sequence(literal("[TOOL_CALLS]["), several(call, ", ", parallel), literal("]"));
          case MISTRAL_ARGS -> several(call, "", parallel);
        };
    return rules.grammar(
        instead.map(schema -> choice(JsonGrammar.add(rules, schema), answer)).orElse(answer));
  }

  private static Gbnf arguments(GbnfRules rules, Tool tool) {
    try {
      return JsonGrammar.add(rules, tool.parameters());
    } catch (ChatException e) {
      throw new ChatException(e.failure(), "tool '" + tool.name() + "': " + e.getMessage());
    }
  }

  private static Gbnf call(ToolFormat format, Tool tool, Gbnf arguments) {
    String object = "{\"name\": " + JsonStrings.quoted(tool.name()) + ", \"arguments\": ";
    return switch (format) {
      case HERMES, GENERIC ->
          sequence(literal("<tool_call>\n" + object), arguments, literal("}\n</tool_call>"));
      case LLAMA ->
          sequence(
              literal(object.replace("\"arguments\"", "\"parameters\"")), arguments, literal("}"));
      case MISTRAL -> sequence(literal(object), arguments, literal("}"));
      case MISTRAL_ARGS -> sequence(literal("[TOOL_CALLS]" + tool.name() + "[ARGS]"), arguments);
    };
  }

  private static Gbnf several(Gbnf call, String separator, boolean parallel) {
    return parallel
        ? sequence(call, new Gbnf.Repeat(sequence(literal(separator), call), 0, MAX_CALLS - 1))
        : call;
  }
}
