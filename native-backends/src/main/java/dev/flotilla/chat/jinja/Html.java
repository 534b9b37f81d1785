package dev.flotilla.chat.jinja;

/** Escaping as {@code markupsafe} does it. */
final class Html {
  private Html() {}

  static String escape(String text) {
    StringBuilder out = null;
    for (int i = 0; i < text.length(); i++) {
      String entity = entity(text.charAt(i));
      if (entity != null && out == null) {
        out = new StringBuilder(text.length() + 16).append(text, 0, i);
      }
      if (out != null) {
        if (entity == null) {
          out.append(text.charAt(i));
        } else {
          out.append(entity);
        }
      }
    }
    return out == null ? text : out.toString();
  }

  /** {@code escape(value)}: a {@code Markup} stays as it is. */
  static StringValue escape(Value value, Budget budget) {
    if (value instanceof StringValue string && string.isSafe()) {
      return string;
    }
    return new StringValue(escape(Text.of(value, budget)), true);
  }

  private static @org.jspecify.annotations.Nullable String entity(char c) {
    return switch (c) {
      case '&' -> "&amp;";
      case '<' -> "&lt;";
      case '>' -> "&gt;";
      case '\'' -> "&#39;";
      case '"' -> "&#34;";
      default -> null;
    };
  }
}
