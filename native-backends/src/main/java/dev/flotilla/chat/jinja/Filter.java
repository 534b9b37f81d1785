package dev.flotilla.chat.jinja;

import dev.flotilla.chat.jinja.Arguments.Parameters;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The filters, each with the parameters it takes after the value; {@link Filters} is what they do.
 * They are jinja2's own, with Hugging Face's {@code tojson}.
 */
enum Filter {
  ABS(0, ""),
  ATTR(1, "name"),
  BATCH(1, "linecount,fill_with"),
  CAPITALIZE(0, ""),
  CENTER(0, "width"),
  COUNT(0, ""),
  D(0, "default_value,boolean"),
  DEFAULT(0, "default_value,boolean"),
  DICTSORT(0, "case_sensitive,by,reverse"),
  E(0, ""),
  ESCAPE(0, ""),
  FILESIZEFORMAT(0, "binary"),
  FIRST(0, ""),
  FLOAT(0, "default"),
  FORCEESCAPE(0, ""),
  FORMAT(0, ""),
  GROUPBY(1, "attribute,default,case_sensitive"),
  INDENT(0, "width,first,blank"),
  INT(0, "default,base"),
  ITEMS(0, ""),
  JOIN(0, "d,attribute"),
  LAST(0, ""),
  LENGTH(0, ""),
  LIST(0, ""),
  LOWER(0, ""),
  MAP(0, ""),
  MAX(0, "case_sensitive,attribute"),
  MIN(0, "case_sensitive,attribute"),
  PPRINT(0, ""),
  RANDOM(0, ""),
  REJECT(0, ""),
  REJECTATTR(0, ""),
  REPLACE(2, "old,new,count"),
  REVERSE(0, ""),
  ROUND(0, "precision,method"),
  SAFE(0, ""),
  SELECT(0, ""),
  SELECTATTR(0, ""),
  SLICE(1, "slices,fill_with"),
  SORT(0, "reverse,case_sensitive,attribute"),
  STRING(0, ""),
  STRIPTAGS(0, ""),
  SUM(0, "attribute,start"),
  TITLE(0, ""),
  TOJSON(0, "ensure_ascii,indent,separators,sort_keys"),
  TRIM(0, "chars"),
  TRUNCATE(0, "length,killwords,end,leeway"),
  UNIQUE(0, "case_sensitive,attribute"),
  UPPER(0, ""),
  URLENCODE(0, ""),
  URLIZE(0, "trim_url_limit,nofollow,target,rel,extra_schemes"),
  WORDCOUNT(0, ""),
  WORDWRAP(0, "width,break_long_words,wrapstring,break_on_hyphens"),
  XMLATTR(0, "autospace");

  private static final Map<String, Filter> BY_NAME = new HashMap<>();

  /**
   * Not an EnumMap, which would ask reflection for the constants: dear in a JVM that just began.
   */
  private static final Map<Filter, Parameters> PARAMETERS = new HashMap<>();

  static {
    for (Filter filter : values()) {
      BY_NAME.put(filter.filterName, filter);
      List<String> names =
          filter.parameters.isEmpty()
              ? List.of()
              : Strings.split(filter.parameters, ",", -1, false);
      PARAMETERS.put(filter, new Parameters(filter.required, 0, names));
    }
  }

  private final String filterName;
  private final int required;
  private final String parameters;

  /**
   * A filter.
   *
   * @param required how many of the parameters must be given
   */
  Filter(int required, String parameters) {
    this.filterName = name().toLowerCase(Locale.ROOT);
    this.required = required;
    this.parameters = parameters;
  }

  static @Nullable Filter named(String name) {
    return BY_NAME.get(name);
  }

  /** As templates call it. */
  String filterName() {
    return filterName;
  }

  Parameters parameters() {
    return Objects.requireNonNull(PARAMETERS.get(this));
  }

  /** Whether it takes any arguments, which it passes on to another filter, test or format. */
  boolean takesAnything() {
    return switch (this) {
      case FORMAT, MAP, SELECT, SELECTATTR, REJECT, REJECTATTR -> true;
      default -> false;
    };
  }
}
