package dev.flotilla.node.api;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many tokens an upstream's answer has, from what passes by: its {@code usage} where it has
 * one, near its beginning or its end. A stream without it counts a token an event, and its prompt
 * by the bytes of the request.
 */
final class PassedTokens {
  private static final int HEAD_BYTES = 4 << 10;
  private static final int TAIL_BYTES = 8 << 10;
  private static final int BYTES_PER_TOKEN = 4;

  /** A field of JSON, and not of JSON that is quoted in a text. */
  private static final Pattern PROMPT = field("prompt_tokens");

  private static final Pattern COMPLETION = field("completion_tokens");

  private static final byte[] EVENT = "data: {".getBytes(StandardCharsets.US_ASCII);

  private final int requestBytes;
  private final Buffer head = Buffer.buffer();
  private Buffer tail = Buffer.buffer();
  private int events;

  PassedTokens(int requestBytes) {
    this.requestBytes = requestBytes;
  }

  private static Pattern field(String name) {
    return Pattern.compile("(?<!\\\\)\"" + name + "\"\\s*:\\s*([0-9]{1,9})");
  }

  /** Some bytes of the answer, whole events of a stream. */
  void add(Buffer bytes) {
    if (head.length() < HEAD_BYTES) {
      head.appendBuffer(bytes, 0, Math.min(bytes.length(), HEAD_BYTES - head.length()));
    }
    tail.appendBuffer(bytes);
    if (tail.length() > 2 * TAIL_BYTES) {
      tail = tail.getBuffer(tail.length() - TAIL_BYTES, tail.length());
    }
    events += countEvents(bytes);
  }

  private static int countEvents(Buffer bytes) {
    int found = 0;
    for (int i = 0; i + EVENT.length <= bytes.length(); i++) {
      int matched = 0;
      while (matched < EVENT.length && bytes.getByte(i + matched) == EVENT[matched]) {
        matched++;
      }
      if (matched == EVENT.length) {
        found++;
        i += EVENT.length;
      }
    }
    return found;
  }

  /** Tokens of the prompt; 0 as long as nothing was answered. */
  int prompt() {
    int guess = head.length() == 0 ? 0 : requestBytes / BYTES_PER_TOKEN;
    return said(PROMPT).orElse(guess);
  }

  /** Tokens of the answer; 0 where it has none, embeddings say. */
  int completion() {
    return said(COMPLETION).orElse(events);
  }

  /** Both. */
  int total() {
    return prompt() + completion();
  }

  private OptionalInt said(Pattern field) {
    OptionalInt last = last(field, tail);
    return last.isPresent() ? last : last(field, head);
  }

  private static OptionalInt last(Pattern field, Buffer bytes) {
    Matcher matcher = field.matcher(bytes.toString(StandardCharsets.ISO_8859_1));
    OptionalInt last = OptionalInt.empty();
    while (matcher.find()) {
      last = OptionalInt.of(Integer.parseInt(matcher.group(1)));
    }
    return last;
  }
}
