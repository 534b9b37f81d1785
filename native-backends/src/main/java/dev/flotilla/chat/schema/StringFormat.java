package dev.flotilla.chat.schema;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The values of {@code format} that are kept to, as patterns of their common forms. */
enum StringFormat {
  DATE("date", Patterns.DATE),
  TIME("time", Patterns.TIME),
  DATE_TIME("date-time", "(" + Patterns.DATE + ")T(" + Patterns.TIME + ")"),
  DURATION(
      "duration",
      "P(\\d{1,4}W|\\d{1,4}Y(\\d{1,2}M)?(\\d{1,3}D)?|\\d{1,2}M(\\d{1,3}D)?|\\d{1,3}D"
          + "|(\\d{1,3}D)?T(\\d{1,3}H(\\d{1,3}M)?(\\d{1,3}S)?|\\d{1,3}M(\\d{1,3}S)?|\\d{1,3}S))"),
  UUID("uuid", "[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"),
  IPV4("ipv4", "(" + Patterns.OCTET + "\\.){3}" + Patterns.OCTET),
  IPV6("ipv6", "([0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}"),
  HOSTNAME("hostname", Patterns.HOST),
  EMAIL("email", "[A-Za-z0-9_+-]{1,32}(\\.[A-Za-z0-9_+-]{1,16}){0,2}@" + Patterns.HOST),
  URI("uri", "https?://" + Patterns.HOST + "(:\\d{1,4})?(/[A-Za-z0-9._~%&=?+-]{0,64}){0,16}");

  /** Dates are those of the calendar; seconds have up to nine decimals. */
  private static final class Patterns {
    static final String DATE =
        "\\d{4}-((0[13578]|1[02])-(0[1-9]|[12]\\d|3[01])|(0[469]|11)-(0[1-9]|[12]\\d|30)"
            + "|02-(0[1-9]|1\\d|2[0-8]))"
            + "|(\\d{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29";
    static final String TIME =
        "([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?(Z|[+-]([01]\\d|2[0-3]):[0-5]\\d)";
    static final String OCTET = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
    private static final String LABEL = "[a-zA-Z0-9]([a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?";
    static final String HOST = LABEL + "(\\." + LABEL + "){1,3}";
  }

  private final String keyword;
  private final String pattern;

  StringFormat(String keyword, String pattern) {
    this.keyword = keyword;
    this.pattern = pattern;
  }

  /** What may stand between the quotes. */
  Gbnf characters() {
    return RegexParser.parse("^(" + pattern + ")$");
  }

  static Optional<StringFormat> of(String keyword) {
    return Arrays.stream(values()).filter(format -> format.keyword.equals(keyword)).findFirst();
  }

  /** All that there are. */
  static String names() {
    return Arrays.stream(values()).map(format -> format.keyword).collect(Collectors.joining(", "));
  }
}
