package dev.flotilla.chat.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A string. Python counts code points where Java counts UTF-16 units.
 *
 * @param isSafe whether it is a {@code Markup}, which escapes what it is combined with
 */
record StringValue(String text, boolean isSafe) implements Value {
  static final StringValue EMPTY = new StringValue("");

  StringValue(String text) {
    this(text, false);
  }

  /** A string of the same kind as this one. */
  StringValue like(String other) {
    return new StringValue(other, isSafe);
  }

  /** This string's text, or {@code other}'s escaped if this is a {@code Markup} and it is not. */
  String combine(StringValue other) {
    return isSafe && !other.isSafe ? Html.escape(other.text) : other.text;
  }

  @Override
  public String typeName() {
    return isSafe ? "Markup" : "str";
  }

  @Override
  public boolean isTrue() {
    return !text.isEmpty();
  }

  @Override
  public void str(Text out) {
    out.append(text);
  }

  @Override
  public void repr(Text out) {
    if (isSafe) {
      out.append("Markup(").quote(text).append(")");
    } else {
      out.quote(text);
    }
  }

  @Override
  public int length() {
    return text.codePointCount(0, text.length());
  }

  /** Whether code points and UTF-16 units are the same here. */
  boolean isFlat() {
    return length() == text.length();
  }

  /** The code point numbered {@code index}, as a string. */
  StringValue at(int index) {
    int start = text.offsetByCodePoints(0, index);
    return like(text.substring(start, text.offsetByCodePoints(start, 1)));
  }

  /** The half-open range of code points. */
  StringValue between(int start, int end) {
    int from = text.offsetByCodePoints(0, start);
    return like(text.substring(from, text.offsetByCodePoints(from, end - start)));
  }

  @Override
  public Iterator<Value> iterator() {
    List<Value> characters = new ArrayList<>(text.length());
    for (int i = 0; i < text.length(); ) {
      int end = i + Character.charCount(text.codePointAt(i));
      characters.add(new StringValue(text.substring(i, end)));
      i = end;
    }
    return characters.iterator();
  }

  @Override
  public long weight() {
    return 1L + text.length() / 16;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof StringValue string && text.equals(string.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }
}
