package dev.flotilla.chat.jinja;

import dev.flotilla.chat.jinja.Arguments.Bound;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;

/** The table of filters; the longer ones are in {@link SequenceFilters} and {@link TextFilters}. */
final class Filters {
  private final Operators operators;
  private final Attributes attributes;
  private final StringMethods strings;
  private final Budget budget;
  private final SequenceFilters sequences;
  private final TextFilters texts;

  Filters(Operators operators, Attributes attributes, StringMethods strings, Tests tests) {
    this.operators = operators;
    this.attributes = attributes;
    this.strings = strings;
    this.budget = operators.budget();
    this.sequences = new SequenceFilters(operators, attributes, this, tests);
    this.texts = new TextFilters(operators);
  }

  /** The filter of that name, as {@code map} looks it up. */
  Value apply(Value name, Value value, Arguments arguments) {
    operators.requireDefined(name);
    Filter filter = name instanceof StringValue string ? Filter.named(string.text()) : null;
    if (filter == null) {
      throw Failure.runtime("No filter named " + Text.repr(name, budget) + ".");
    }
    return apply(filter, value, arguments);
  }

  Value apply(Filter filter, Value value, Arguments arguments) {
    Bound given =
        filter.takesAnything()
            ? new Bound(filter.filterName())
            : arguments.bind(filter.filterName(), filter.parameters());
    return switch (filter) {
      case ABS -> abs(value);
      case ATTR -> attr(value, given.require(0));
      case BATCH -> sequences.batch(value, given);
      case CAPITALIZE -> method(value, "capitalize");
      case CENTER -> method(value, "center", given.or(0, IntValue.of(80)));
      case COUNT, LENGTH -> IntValue.of(operators.length(value));
      case D, DEFAULT -> isMissing(value, given) ? given.or(0, StringValue.EMPTY) : value;
      case DICTSORT -> sequences.dictSort(value, given);
      case E, ESCAPE -> Html.escape(value, budget);
      case FILESIZEFORMAT -> texts.fileSize(value, given.flag(0, false));
      case FIRST -> sequences.first(value);
      case FLOAT -> toFloat(value, given.or(0, new FloatValue(0)));
      case FORCEESCAPE -> new StringValue(Html.escape(text(value)), true);
      case FORMAT -> format(value, arguments);
      case GROUPBY -> sequences.groupBy(value, given);
      case INDENT -> texts.indent(value, given);
      case INT -> toInt(value, given);
      case ITEMS -> sequences.items(value);
      case JOIN -> sequences.join(value, given);
      case LAST -> sequences.last(value);
      case LIST -> ArrayValue.list(operators.listOf(value), operators.limits());
      case LOWER -> method(value, "lower");
      case MAP -> sequences.map(value, arguments);
      case MAX -> sequences.extreme(value, given, Operator.GT);
      case MIN -> sequences.extreme(value, given, Operator.LT);
      case PPRINT -> texts.prettyPrint(value);
      case RANDOM -> sequences.random(value);
      case REJECT -> sequences.select(value, arguments, false, false);
      case REJECTATTR -> sequences.select(value, arguments, true, false);
      case REPLACE -> replace(value, given);
      case REVERSE -> sequences.reverse(value);
      case ROUND -> round(value, given);
      case SAFE -> new StringValue(text(value), true);
      case SELECT -> sequences.select(value, arguments, false, true);
      case SELECTATTR -> sequences.select(value, arguments, true, true);
      case SLICE -> sequences.slice(value, given);
      case SORT -> sequences.sort(value, given);
      case STRING -> softString(value);
      case STRIPTAGS -> new StringValue(Strings.stripTags(text(value)));
      case SUM -> sequences.sum(value, given);
      case TITLE -> softString(value).like(texts.title(text(value)));
      case TOJSON -> toJson(value, given);
      case TRIM -> strings.strip(softString(value), given.orNull(0), true, true);
      case TRUNCATE -> texts.truncate(value, given);
      case UNIQUE -> sequences.unique(value, given);
      case UPPER -> method(value, "upper");
      case URLENCODE -> texts.urlEncode(value);
      case WORDCOUNT -> IntValue.of(TextFilters.wordCount(text(value)));
      case XMLATTR -> texts.xmlAttributes(value, given.flag(0, true));
      case URLIZE, WORDWRAP ->
          throw Failure.unsupported("filter '" + filter.filterName() + "' is not supported");
    };
  }

  private String text(Value value) {
    return Text.of(value, budget);
  }

  /** {@code soft_str}: a string stays what it is, also a {@code Markup}. */
  private StringValue softString(Value value) {
    return value instanceof StringValue string ? string : new StringValue(text(value));
  }

  private Value method(Value value, String name, Value... arguments) {
    return strings.call(softString(value), name, Arguments.of(arguments));
  }

  private static boolean isMissing(Value value, Bound given) {
    return value instanceof UndefinedValue || (given.flag(1, false) && !value.isTrue());
  }

  private Value abs(Value value) {
    operators.requireDefined(value);
    if (value instanceof FloatValue number) {
      return new FloatValue(Math.abs(number.value()));
    }
    if (!Numbers.isInteger(value)) {
      throw Failure.type("bad operand type for abs(): '" + value.typeName() + "'");
    }
    return Numbers.compare(value, IntValue.of(0)) < 0
        ? Numbers.negate(value)
        : Numbers.plainInteger(value);
  }

  /** Like {@code value.name}, but never an item. */
  private Value attr(Value value, Value name) {
    if (!(name instanceof StringValue string)) {
      throw Failure.type("attribute name must be string, not '" + name.typeName() + "'");
    }
    operators.requireDefined(value);
    Value found = attributes.find(value, string.text());
    return found == null ? UndefinedValue.element(value, name) : found;
  }

  private Value format(Value value, Arguments arguments) {
    if (arguments.count() > 0 && !arguments.names().isEmpty()) {
      if (!arguments.positional().isEmpty()) {
        throw Failure.value("can't handle positional and keyword arguments at the same time");
      }
      Map<Value, Value> named = DictValue.newEntries();
      for (int i = 0; i < arguments.names().size(); i++) {
        named.put(new StringValue(arguments.names().get(i)), arguments.named().get(i));
      }
      Value mapping = new DictValue(named, operators.limits());
      return new PercentFormat(softString(value), mapping, budget).format();
    }
    Value tuple = ArrayValue.tuple(arguments.positional(), operators.limits());
    return new PercentFormat(softString(value), tuple, budget).format();
  }

  private Value replace(Value value, Bound given) {
    String old = text(given.require(0));
    String replacement = text(given.require(1));
    int most = given.orNull(2) == null ? -1 : given.integer(2, -1);
    String source = text(value);
    budget.characters(source.length());
    return new StringValue(Strings.replace(source, old, replacement, most, budget));
  }

  private Value toFloat(Value value, Value otherwise) {
    operators.requireDefined(value);
    if (Numbers.isNumber(value)) {
      return new FloatValue(Numbers.asDouble(value));
    }
    Double parsed = value instanceof StringValue text ? Numbers.parseFloat(text.text()) : null;
    return parsed == null ? otherwise : new FloatValue(parsed);
  }

  private Value toInt(Value value, Bound given) {
    operators.requireDefined(value);
    Value otherwise = given.or(0, IntValue.of(0));
    if (value instanceof FloatValue number) {
      return isFinite(number.value()) ? Numbers.toInteger(number.value()) : otherwise;
    }
    if (Numbers.isInteger(value)) {
      return Numbers.plainInteger(value);
    }
    if (!(value instanceof StringValue string)) {
      return otherwise;
    }
    budget.characters(string.text().length());
    int base = given.integer(1, 10);
    boolean isBase = base == 0 || (base >= 2 && base <= 36);
    Value parsed = isBase ? Numbers.parseInteger(string.text(), base) : null;
    if (parsed != null) {
      return parsed;
    }
    Double number = Numbers.parseFloat(string.text());
    return number == null || !isFinite(number) ? otherwise : Numbers.toInteger(number);
  }

  private static boolean isFinite(double value) {
    return !Double.isNaN(value) && !Double.isInfinite(value);
  }

  private Value round(Value value, Bound given) {
    Value method = given.or(1, new StringValue("common"));
    String name = method instanceof StringValue string ? string.text() : "";
    int precision = given.integer(0, 0);
    operators.requireDefined(value);
    boolean isKnown = name.equals("common") || name.equals("ceil") || name.equals("floor");
    if (!isKnown) {
      throw Failure.value("method must be common, ceil or floor");
    }
    if (!Numbers.isNumber(value)) {
      throw Failure.type(
          name.equals("common")
              ? "type " + value.typeName() + " doesn't define __round__ method"
              : "must be real number, not " + value.typeName());
    }
    if (name.equals("common")) {
      return Numbers.round(value, precision);
    }
    Value scale = operators.apply(Operator.POW, IntValue.of(10), IntValue.of(precision));
    Value scaled = operators.apply(Operator.MUL, value, scale);
    double number = Numbers.asDouble(scaled);
    Value whole =
        scaled instanceof FloatValue
            ? Numbers.truncate(name.equals("ceil") ? Math.ceil(number) : Math.floor(number))
            : scaled;
    return operators.apply(Operator.DIV, whole, scale);
  }

  private Value toJson(Value value, Bound given) {
    Value indent = given.orNull(1);
    String indentText = null;
    if (indent instanceof StringValue string) {
      indentText = string.text();
    } else if (indent != null) {
      int width = Math.max(0, given.integer(1, 0));
      budget.characters(width);
      indentText = " ".repeat(width);
    }
    String itemSeparator = null;
    String keySeparator = null;
    Value separators = given.orNull(2);
    if (separators != null) {
      Iterator<Value> parts = operators.iterate(separators);
      itemSeparator = separator(parts);
      keySeparator = separator(parts);
      if (parts.hasNext()) {
        throw Failure.value("too many values to unpack (expected 2)");
      }
    }
    Json json =
        new Json(
            given.flag(0, false),
            indentText,
            itemSeparator,
            keySeparator,
            given.flag(3, false),
            operators);
    return new StringValue(json.dump(value));
  }

  private static String separator(Iterator<Value> parts) {
    if (!parts.hasNext()) {
      throw Failure.value("not enough values to unpack (expected 2)");
    }
    if (parts.next() instanceof StringValue string) {
      return string.text();
    }
    throw Failure.type("separators must be strings");
  }

  /** Keys for sorting and comparing strings without regard to case. */
  static Value ignoreCase(Value value) {
    return value instanceof StringValue string
        ? string.like(string.text().toLowerCase(Locale.ROOT))
        : value;
  }
}
