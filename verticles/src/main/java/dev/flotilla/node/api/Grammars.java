package dev.flotilla.node.api;

import dev.flotilla.chat.ChatException;
import dev.flotilla.chat.ToolFormat;
import dev.flotilla.engine.SamplingOptions;
import java.util.Map;
import java.util.Optional;

/**
 * Reads what an answer must match: {@code grammar} (GBNF), {@code json_schema} as llama.cpp has it,
 * or {@code response_format} as OpenAI has it.
 */
final class Grammars {
  private static final Map<String, Object> ANY_OBJECT = Map.of("type", "object");

  private final Optional<SchemaGrammar> schemas;

  /**
   * The grammars of requests.
   *
   * @param schemas makes grammars of schemas; where it is absent, requests for JSON are refused
   */
  Grammars(Optional<SchemaGrammar> schemas) {
    this.schemas = schemas;
  }

  /** The grammar of an answer that may, or must, call tools. */
  Optional<String> parse(Fields fields, ToolUse tools, ToolFormat format) {
    if (tools.active() && fields.has("grammar")) {
      throw fields.invalid("grammar", "'grammar' and 'tools' exclude each other.");
    }
    return tools
        .grammar(format, schema(fields).map(Source::schema))
        .map(text -> bounded(fields, text))
        .or(() -> parse(fields));
  }

  /** The grammar of an answer without tools. */
  Optional<String> parse(Fields fields) {
    Optional<String> grammar = fields.text("grammar").filter(text -> !text.isEmpty());
    Optional<Source> source = schema(fields);
    if (grammar.isPresent() && source.isPresent()) {
      throw fields.invalid(
          "grammar", "'grammar' and '" + source.get().param() + "' exclude each other.");
    }
    return source.map(this::gbnf).or(() -> grammar).map(text -> bounded(fields, text));
  }

  private static Optional<Source> schema(Fields fields) {
    return fields
        .object("response_format")
        .flatMap(Grammars::responseFormat)
        .or(() ->
            fields
                .object("json_schema")
                .map(it -> new Source(fields.path("json_schema"), it.asMap())));
  }

  /** A schema and the field that asked for it. */
  private record Source(String param, Map<String, Object> schema) {}

  private static Optional<Source> responseFormat(Fields format) {
    String param = format.path("type");
    String type = format.requiredText("type");
    return switch (type) {
      case "text" -> Optional.empty();
      case "json_object" ->
          Optional.of(
              new Source(param, format.object("schema").map(Fields::asMap).orElse(ANY_OBJECT)));
      case "json_schema" -> {
        Fields wrapper =
            format.object("json_schema").orElseThrow(() -> format.missing("json_schema"));
        Fields schema = wrapper.object("schema").orElseThrow(() -> wrapper.missing("schema"));
        yield Optional.of(new Source(wrapper.path("schema"), schema.asMap()));
      }
      default ->
          throw ApiException.invalid(
              param, "'" + param + "' must be \"text\", \"json_object\" or \"json_schema\".");
    };
  }

  private String gbnf(Source source) {
    SchemaGrammar grammar =
        schemas.orElseThrow(() ->
            new ApiException(
                ApiFailure.UNSUPPORTED,
                source.param(),
                "'" + source.param() + "': answers in JSON are not supported by this node."));
    try {
      return grammar.gbnf(source.schema());
    } catch (ChatException e) {
      throw ApiException.invalid(source.param(), e.getMessage());
    }
  }

  private static String bounded(Fields fields, String grammar) {
    if (grammar.length() > SamplingOptions.MAX_GRAMMAR_CHARS) {
      throw fields.invalid(
          "grammar", "The grammar may have " + SamplingOptions.MAX_GRAMMAR_CHARS + " characters.");
    }
    return grammar;
  }
}
