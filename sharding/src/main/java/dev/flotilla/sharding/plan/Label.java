package dev.flotilla.sharding.plan;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What an owner says about a node, {@code room=office} say.
 *
 * @param name up to 63 letters, digits, dots, dashes, underscores and slashes, a letter or digit
 *     first
 * @param value the same
 */
public record Label(String name, String value) {
  private static final Pattern PART = Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{N}._/-]{0,62}");

  public Label {
    if (!PART.matcher(name).matches() || !PART.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "a label is NAME=VALUE, such as room=office: each of 1 to 63 letters, digits, '.', '-', '_'"
              + " and '/', beginning with a letter or digit");
    }
  }

  /**
   * Reads {@code NAME=VALUE}.
   *
   * @throws IllegalArgumentException if it is none, with a message for people
   */
  public static Label parse(String text) {
    int equals = text.indexOf('=');
    return equals < 0
        ? new Label(text, "")
        : new Label(text.substring(0, equals).strip(), text.substring(equals + 1).strip());
  }

  /**
   * Values by name.
   *
   * @throws IllegalArgumentException if a name has two values, with a message for people
   */
  public static Map<String, String> byName(Collection<Label> labels) {
    Map<String, String> byName = new HashMap<>();
    for (Label label : labels) {
      String before = byName.putIfAbsent(label.name(), label.value());
      if (before != null && !before.equals(label.value())) {
        throw new IllegalArgumentException(
            "label '%s' has two values, '%s' and '%s'"
                .formatted(label.name(), before, label.value()));
      }
    }
    return byName;
  }
}
