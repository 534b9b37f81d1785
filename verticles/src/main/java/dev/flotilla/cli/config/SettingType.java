package dev.flotilla.cli.config;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How the text of a setting becomes its value.
 *
 * @param shape how often and in which form its flag may be given
 * @param label what the help calls a value
 * @param reader makes the value of its texts, exactly one unless it is a {@link Shape#LIST}; throws
 *     {@link IllegalArgumentException} with a message for people
 */
record SettingType<T>(Shape shape, String label, Function<List<String>, T> reader) {

  enum Shape {
    /** {@code --name}, {@code --no-name}. */
    SWITCH,
    /** {@code --name VALUE}, once. */
    SINGLE,
    /** {@code --name VALUE}, any number of times. */
    LIST
  }

  private static final Pattern QUANTITY = Pattern.compile("([0-9]{1,12})\\s*([A-Za-z]*)");

  static final SettingType<String> TEXT = single("TEXT", SettingType::nonEmpty);
  static final SettingType<Path> PATH = single("PATH", text -> Path.of(nonEmpty(text)));
  static final SettingType<HostPort> ADDRESS = single("HOST:PORT", HostPort::parse);
  static final SettingType<Boolean> SWITCH =
      new SettingType<>(Shape.SWITCH, "", texts -> bool(texts.getFirst()));
  static final SettingType<Integer> INTEGER = single("N", SettingType::integer);
  static final SettingType<Long> LONG = single("N", SettingType::wholeNumber);
  static final SettingType<Float> DECIMAL = single("X", SettingType::decimal);
  static final SettingType<Integer> BYTES = single("SIZE", SettingType::bytes);
  static final SettingType<Long> SIZE = single("SIZE", SettingType::size);
  static final SettingType<Long> MILLIS = single("TIME", SettingType::millis);

  static <T> SettingType<T> single(String label, Function<String, T> reader) {
    return new SettingType<>(Shape.SINGLE, label, texts -> reader.apply(texts.getFirst()));
  }

  static <T> SettingType<List<T>> list(String label, Function<String, T> reader) {
    return new SettingType<>(Shape.LIST, label, texts -> texts.stream().map(reader).toList());
  }

  /** One of a few words: the constants of an enum, in lower case. */
  static <E extends Enum<E>> SettingType<E> choice(Class<E> type) {
    List<E> constants = List.of(type.getEnumConstants());
    String words = constants.stream().map(SettingType::word).collect(Collectors.joining("|"));
    return single(
        words,
        text ->
            constants.stream()
                .filter(constant -> word(constant).equals(text.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(
                    () -> new IllegalArgumentException("'" + text + "' is none of " + words)));
  }

  static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  static String nonEmpty(String text) {
    if (text.isBlank()) {
      throw new IllegalArgumentException("it is empty");
    }
    return text;
  }

  /** The parts between commas, without the spaces around them; empty text has none. */
  static List<String> commaSeparated(String text) {
    return Arrays.stream(text.split(",")).map(String::strip).filter(s -> !s.isEmpty()).toList();
  }

  private static boolean bool(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true", "on", "yes", "1" -> true;
      case "false", "off", "no", "0" -> false;
      default -> throw new IllegalArgumentException("'" + text + "' is neither true nor false");
    };
  }

  private static int integer(String text) {
    long value = wholeNumber(text);
    if (value != (int) value) {
      throw new IllegalArgumentException(text + " is too big a number");
    }
    return (int) value;
  }

  private static long wholeNumber(String text) {
    try {
      return Long.parseLong(text.strip());
    } catch (NumberFormatException _) {
      throw new IllegalArgumentException("'" + text + "' is not a whole number");
    }
  }

  private static float decimal(String text) {
    try {
      float value = Float.parseFloat(text.strip());
      if (Float.isFinite(value)) {
        return value;
      }
    } catch (NumberFormatException _) {
      // Told below, like a number that is not finite.
    }
    throw new IllegalArgumentException("'" + text + "' is not a number");
  }

  private static int bytes(String text) {
    return (int) Math.min(Integer.MAX_VALUE, size(text));
  }

  private static long size(String text) {
    Matcher matcher = quantity(text, "a size such as 8MiB");
    long unit =
        switch (matcher.group(2).toLowerCase(Locale.ROOT)) {
          case "", "b" -> 1;
          case "k", "kib" -> 1 << 10;
          case "m", "mib" -> 1 << 20;
          case "g", "gib" -> 1 << 30;
          default -> throw new IllegalArgumentException("'" + text + "' is not in KiB, MiB or GiB");
        };
    return saturatedProduct(matcher.group(1), unit);
  }

  private static long millis(String text) {
    Matcher matcher = quantity(text, "a time such as 30s");
    long unit =
        switch (matcher.group(2)) {
          case "ms" -> 1;
          case "", "s" -> 1000;
          case "m" -> 60_000;
          case "h" -> 3_600_000;
          default -> throw new IllegalArgumentException("'" + text + "' is not in ms, s, m or h");
        };
    return saturatedProduct(matcher.group(1), unit);
  }

  private static Matcher quantity(String text, String expected) {
    Matcher matcher = QUANTITY.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException("'" + text + "' is not " + expected);
    }
    return matcher;
  }

  private static long saturatedProduct(String digits, long unit) {
    long count = Long.parseLong(digits);
    return count > Long.MAX_VALUE / unit ? Long.MAX_VALUE : count * unit;
  }
}
