package dev.flotilla.chat.tools;

import dev.flotilla.chat.ToolFormat;
import dev.flotilla.chat.tools.CallReader.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Tells the calls in an answer from its text while the answer comes in. What could still become a
 * call is held back; what turns out to be none is text, to the last character, but for the white
 * space around calls. However the answer is split, the parts add up to the same. Confined to one
 * thread.
 */
public final class ToolCallParser {
  /** The longest call; what is longer is text. */
  static final int MAX_CALL_CHARS = 256 * 1024;

  /** Held text above which a call is read again only where it may have ended. */
  private static final int EAGER_CHARS = 256;

  private final ToolFormat format;
  private final Set<String> tools;
  private final StringBuilder held = new StringBuilder();
  private List<Part> parts = new ArrayList<>();
  private boolean atStart = true;
  private boolean behindCall;
  private boolean closed;
  private boolean waiting;

  /** A piece of an answer. */
  public sealed interface Part {
    /** Text for the reader, never empty. */
    record Content(String text) implements Part {}

    /** A whole call. */
    record Call(ToolCall call) implements Part {}
  }

  /**
   * A parser of one answer.
   *
   * @param tools the names of the tools that can be called; calls of others are text
   */
  public ToolCallParser(ToolFormat format, Set<String> tools) {
    this.format = format;
    this.tools = Set.copyOf(tools);
  }

  /** Adds more of the answer; returns what is certain by now. */
  public List<Part> add(String text) {
    held.append(text);
    boolean mayEnd = text.indexOf('}') >= 0 || text.indexOf(']') >= 0;
    if (waiting && held.length() > EAGER_CHARS && !mayEnd && held.length() <= MAX_CALL_CHARS) {
      return List.of();
    }
    return parse(false);
  }

  /** Ends the answer; returns the rest of it. */
  public List<Part> finish() {
    return parse(true);
  }

  private List<Part> parse(boolean end) {
    parts = new ArrayList<>();
    waiting = false;
    while (!held.isEmpty() && step(end)) {
      // Each step takes a part from what is held.
    }
    return parts;
  }

  /** Takes the next part; false where that needs more of the answer. */
  private boolean step(boolean end) {
    if (behindCall && !skipBehindCall(end)) {
      return false;
    }
    int opening = opening(end);
    Optional<String> opener = opener(opening);
    if (opener.isEmpty() && !isOpeningBrace(opening)) {
      // Nothing opens a call, or only the beginning of what does is there.
      take(end ? opening : textEnd(opening));
      return false;
    }
    Reading reading = read(opening + opener.map(String::length).orElse(0));
    if (reading.end() == JsonScanner.MORE && !end && held.length() <= MAX_CALL_CHARS) {
      waiting = true;
      take(textEnd(opening));
      return false;
    }
    if (reading.end() < 0) {
      take(opening + 1);
      return true;
    }
    int textEnd = textEnd(opening);
    take(textEnd);
    reading.calls().forEach(call -> parts.add(new Part.Call(call)));
    held.delete(0, reading.end() - textEnd);
    behindCall = true;
    return true;
  }

  /** Text for the reader, taken from what is held. */
  private void take(int length) {
    if (length > 0) {
      parts.add(new Part.Content(held.substring(0, length)));
      atStart &= held.chars().limit(length).allMatch(c -> JsonScanner.isSpace((char) c));
      held.delete(0, length);
    }
  }

  /** The white space before a possible call belongs to the call. */
  private int textEnd(int opening) {
    int end = opening;
    while (end > 0 && JsonScanner.isSpace(held.charAt(end - 1))) {
      end--;
    }
    return end;
  }

  /** Where the first call may open, or the end of what is held. */
  private int opening(boolean end) {
    for (int at = 0; at < held.length(); at++) {
      if (opener(at).isPresent() || isOpeningBrace(at) || (!end && isBeginning(at))) {
        return at;
      }
    }
    return held.length();
  }

  private Optional<String> opener(int at) {
    String opener = format.markers().getFirst();
    int end = at + opener.length();
    return end <= held.length()
            && held.charAt(at) == opener.charAt(0)
            && held.substring(at, end).equals(opener)
        ? Optional.of(opener)
        : Optional.empty();
  }

  private boolean isBeginning(int at) {
    String opener = format.markers().getFirst();
    return held.length() - at < opener.length() && opener.startsWith(held.substring(at));
  }

  /** Llama writes nothing before a call's own brace. */
  private boolean isOpeningBrace(int at) {
    return format == ToolFormat.LLAMA
        && atStart
        && at < held.length()
        && held.charAt(at) == '{'
        && textEnd(at) == 0;
  }

  private Reading read(int at) {
    CallReader reader = new CallReader(held, tools);
    return switch (format) {
      case HERMES, GENERIC, LLAMA -> reader.object(at);
      case MISTRAL, MISTRAL_ARGS -> reader.mistral(at);
    };
  }

  /** Skips white space behind a call, and what closes it. False where more of that may come. */
  private boolean skipBehindCall(boolean end) {
    held.delete(0, new JsonScanner(held).space(0));
    String closer =
        switch (format) {
          case HERMES, GENERIC -> format.markers().getLast();
          case LLAMA -> ";";
          case MISTRAL, MISTRAL_ARGS -> "";
        };
    String ahead = held.substring(0, Math.min(held.length(), closer.length()));
    if (!closer.isEmpty() && ahead.equals(closer) && !closed) {
      held.delete(0, closer.length());
      closed = true;
      return skipBehindCall(end);
    }
    boolean mayClose = !closed && !end && closer.startsWith(ahead) && !ahead.equals(closer);
    if (held.isEmpty() || mayClose) {
      return false;
    }
    behindCall = false;
    closed = false;
    atStart = true;
    return true;
  }
}
