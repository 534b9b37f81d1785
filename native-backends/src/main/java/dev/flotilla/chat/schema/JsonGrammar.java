package dev.flotilla.chat.schema;

import static dev.flotilla.chat.schema.Gbnf.choice;
import static dev.flotilla.chat.schema.Gbnf.literal;
import static dev.flotilla.chat.schema.Gbnf.optional;
import static dev.flotilla.chat.schema.Gbnf.sequence;

import dev.flotilla.chat.ChatException;
import dev.flotilla.chat.ChatFailure;
import dev.flotilla.chat.schema.Schema.Property;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Writes the rules of a schema's JSON: all that they match is valid against the schema, with the
 * members of an object in the schema's order, and with no more white space than pretty printing
 * needs, so that no model can fill an answer with it.
 */
public final class JsonGrammar {
  /** The deepest indentation that pretty printing may reach, in characters. */
  private static final int MAX_INDENT = 32;

  private final GbnfRules rules;
  private final Map<String, Schema> definitions;
  private final Map<String, Gbnf.Rule> references = new HashMap<>();
  private final Gbnf space;
  private Gbnf.@Nullable Rule anyValue;

  private JsonGrammar(GbnfRules rules, Map<String, Schema> definitions) {
    this.rules = rules;
    this.definitions = definitions;
    Gbnf indent = new Gbnf.Repeat(new Gbnf.Chars(CodePoints.of(" \t")), 0, MAX_INDENT);
    this.space =
        rules.define("space", choice(Gbnf.EMPTY, literal(" "), sequence(literal("\n"), indent)));
  }

  /**
   * The grammar of a schema as GBNF text.
   *
   * @param schema a JSON schema as parsed from JSON: null, Boolean, Number, String, List and Map
   * @throws ChatException {@link ChatFailure#SCHEMA}, with the JSON pointer of what is wrong or
   *     outside of what a grammar can express
   */
  public static String gbnf(Map<String, ? extends @Nullable Object> schema) {
    GbnfRules rules = new GbnfRules();
    Gbnf root = add(rules, schema);
    return rules.grammar(root);
  }

  /**
   * Adds the rules of a schema to others.
   *
   * @return what matches its JSON
   * @throws ChatException as {@link #gbnf}
   */
  public static Gbnf add(GbnfRules rules, Map<String, ? extends @Nullable Object> schema) {
    Schema.Document document = SchemaParser.parse(schema);
    if (document.root().isNever()) {
      throw new ChatException(ChatFailure.SCHEMA, "schema #: nothing can match it");
    }
    return new JsonGrammar(rules, document.definitions()).value(document.root(), "value");
  }

  private Gbnf value(Schema schema, String hint) {
    return switch (schema) {
      case Schema.Any() -> anyValue();
      case Schema.Never() -> throw new IllegalArgumentException("nothing matches");
      case Schema.Ref(String pointer) -> reference(pointer);
      case Schema.AnyOf(List<Schema> options) ->
          choice(options.stream().map(option -> value(option, hint)).toList());
      case Schema.Values(List<String> json) ->
          rules.define(hint, choice(json.stream().map(Gbnf::literal).toList()));
      case Schema.Null() -> literal("null");
      case Schema.Bool() -> rules.define("boolean", choice(literal("true"), literal("false")));
      case Schema.IntegerRange(var least, var most) ->
          rules.define("integer", NumberGrammar.integers(least, most).orElseThrow());
      case Schema.NumberRange(var least, var most) ->
          rules.define("number", NumberGrammar.numbers(least, most).orElseThrow());
      case Schema.Text(int least, int most) -> string(least, most);
      case Schema.Formed(Gbnf characters) ->
          rules.define(hint, sequence(literal("\""), characters, literal("\"")));
      case Schema.ArrayOf array -> rules.define(hint, array(array, hint));
      case Schema.ObjectOf object -> rules.define(hint, object(object, hint));
    };
  }

  private Gbnf reference(String pointer) {
    Gbnf.Rule known = references.get(pointer);
    if (known != null) {
      return known;
    }
    Schema target = definitions.get(pointer);
    if (target == null || target.isNever()) {
      throw new ChatException(
          ChatFailure.SCHEMA, "schema " + SchemaSource.shown(pointer) + ": nothing can match it");
    }
    String name = pointer.substring(pointer.lastIndexOf('/') + 1);
    Gbnf.Rule rule = rules.reserve("ref-" + name);
    references.put(pointer, rule);
    rules.fill(rule, value(target, "ref-" + name));
    return rule;
  }

  private Gbnf string(int least, int most) {
    Gbnf character = rules.define("char", JsonStrings.anyCharacter());
    return rules.define(
        "string", sequence(literal("\""), new Gbnf.Repeat(character, least, most), literal("\"")));
  }

  private Gbnf anyValue() {
    Gbnf.Rule known = anyValue;
    if (known != null) {
      return known;
    }
    Gbnf.Rule rule = rules.reserve("any");
    anyValue = rule;
    Gbnf key = string(0, Gbnf.UNBOUNDED);
    Gbnf member = rules.define("any-member", sequence(key, literal(":"), space, rule));
    Gbnf object = rules.define("any-object", enclosed("{", several(member), true, "}"));
    Gbnf array = rules.define("any-array", enclosed("[", several(rule), true, "]"));
    rules.fill(
        rule,
        choice(
            object,
            array,
            key,
            rules.define("number", NumberGrammar.NUMBER),
            rules.define("boolean", choice(literal("true"), literal("false"))),
            literal("null")));
    return rule;
  }

  private Gbnf several(Gbnf element) {
    Gbnf next = sequence(comma(), element);
    return sequence(element, new Gbnf.Repeat(next, 0, Gbnf.UNBOUNDED));
  }

  private Gbnf comma() {
    return rules.define("comma", sequence(literal(","), space));
  }

  /** What is {@code optional} is either there, with white space behind it, or not. */
  private Gbnf enclosed(String open, Gbnf inner, boolean optional, String close) {
    Gbnf content = sequence(inner, space);
    return sequence(literal(open), space, optional ? optional(content) : content, literal(close));
  }

  private Gbnf empty(String open, String close) {
    return sequence(literal(open), space, literal(close));
  }

  private Gbnf array(Schema.ArrayOf array, String hint) {
    return array.maxItems() == 0
        ? empty("[", "]")
        : enclosed("[", elements(array, hint + "-item"), array.minItems() == 0, "]");
  }

  /** One element or more. */
  private Gbnf elements(Schema.ArrayOf array, String hint) {
    int named = Math.min(array.prefix().size(), array.maxItems());
    Gbnf following = Gbnf.EMPTY;
    if (named < array.maxItems()) {
      Gbnf element = rules.define(hint, value(array.rest(), hint));
      int start = Math.max(1, named);
      Gbnf others =
          new Gbnf.Repeat(
              rules.define(hint + "-next", sequence(comma(), element)),
              Math.max(0, array.minItems() - start),
              array.maxItems() == Gbnf.UNBOUNDED ? Gbnf.UNBOUNDED : array.maxItems() - start);
      following = named == 0 ? sequence(element, others) : others;
    }
    for (int i = named - 1; i >= 0; i--) {
      Gbnf element = value(array.prefix().get(i), hint);
      if (i == 0) {
        return sequence(element, following);
      }
      Gbnf more = rules.define(hint + "-more", sequence(comma(), element, following));
      following = i >= array.minItems() ? optional(more) : more;
    }
    return following;
  }

  private Gbnf object(Schema.ObjectOf object, String hint) {
    boolean mayBeEmpty = object.properties().stream().noneMatch(Property::required);
    List<Gbnf> beginnings = beginnings(object, hint);
    if (beginnings.isEmpty()) {
      return empty("{", "}");
    }
    return enclosed("{", choice(beginnings), mayBeEmpty, "}");
  }

  /** All members, by which of them is the first that is there. */
  private List<Gbnf> beginnings(Schema.ObjectOf object, String hint) {
    List<Property> properties = object.properties();
    Gbnf rest = Gbnf.EMPTY;
    List<Gbnf> beginnings = new ArrayList<>();
    if (!object.additional().isNever()) {
      Gbnf member = rules.define(hint + "-additional", additional(object, hint));
      rest = new Gbnf.Repeat(sequence(comma(), member), 0, Gbnf.UNBOUNDED);
      beginnings.add(sequence(member, rest));
    }
    for (int i = properties.size() - 1; i >= 0; i--) {
      Property property = properties.get(i);
      Gbnf member =
          rules.define(
              hint + "-" + property.name(),
              sequence(
                  literal(JsonStrings.quoted(property.name()) + ":"),
                  space,
                  value(property.schema(), hint + "-" + property.name())));
      if (property.required()) {
        beginnings.clear();
      }
      beginnings.addFirst(sequence(member, rest));
      Gbnf next = sequence(comma(), member);
      Gbnf more = sequence(property.required() ? next : optional(next), rest);
      rest = i == 0 ? Gbnf.EMPTY : rules.define(hint + "-rest", more);
    }
    return beginnings;
  }

  private Gbnf additional(Schema.ObjectOf object, String hint) {
    Set<String> names =
        object.properties().stream().map(Property::name).collect(Collectors.toSet());
    Gbnf key =
        names.isEmpty()
            ? string(0, Gbnf.UNBOUNDED)
            : sequence(literal("\""), JsonStrings.otherThan(names));
    return sequence(key, literal(":"), space, value(object.additional(), hint + "-additional"));
  }
}
