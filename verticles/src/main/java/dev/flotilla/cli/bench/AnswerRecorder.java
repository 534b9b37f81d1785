package dev.flotilla.cli.bench;

import dev.flotilla.cli.http.SseScanner;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Notes when the events of one answer arrive. Events are told apart by their bytes; only the one
 * with the usage is parsed, after the clock has stopped.
 */
final class AnswerRecorder implements SseScanner.Sink {

  private static final byte[] COMPLETION_TEXT = ascii("\"text\":");
  private static final byte[] CHAT_TEXT = ascii("content\":");
  private static final byte[] USAGE = ascii("\"usage\":");
  private static final byte[] ERROR = ascii("{\"error\":");

  private final byte[] textField;
  private final long sentNanos;
  private long[] textNanos = new long[256];
  private int texts;
  private byte[] usage = {};

  /** A recorder of a request that is sent now. */
  AnswerRecorder(boolean chat) {
    this.textField = chat ? CHAT_TEXT : COMPLETION_TEXT;
    this.sentNanos = System.nanoTime();
  }

  @Override
  public void event(byte[] buffer, int length) throws IOException {
    if (carriesText(buffer, length)) {
      if (texts == textNanos.length) {
        textNanos = Arrays.copyOf(textNanos, 2 * texts);
      }
      textNanos[texts++] = System.nanoTime();
    }
    int value = valueOf(USAGE, buffer, length);
    if (value < length && buffer[value] == '{') {
      usage = Arrays.copyOf(buffer, length);
    }
    if (valueOf(ERROR, buffer, length) == ERROR.length) {
      throw new IOException(
          "the answer broke off: " + new String(buffer, 0, length, StandardCharsets.UTF_8));
    }
  }

  /**
   * The whole answer, which ends now.
   *
   * @throws IOException if the server did not say what it cost
   */
  Answer finish() throws IOException {
    long endNanos = System.nanoTime();
    JsonObject tokens = usage();
    JsonObject details = tokens.getJsonObject("prompt_tokens_details", new JsonObject());
    return new Answer(
        sentNanos,
        Arrays.copyOf(textNanos, texts),
        endNanos,
        tokens.getInteger("prompt_tokens", 0),
        details.getInteger("cached_tokens", 0),
        tokens.getInteger("completion_tokens", 0));
  }

  private JsonObject usage() throws IOException {
    if (usage.length == 0) {
      throw new IOException("the server streams no usage (stream_options.include_usage)");
    }
    try {
      return new JsonObject(new String(usage, StandardCharsets.UTF_8)).getJsonObject("usage");
    } catch (DecodeException | ClassCastException e) {
      throw new IOException("the server's usage can't be read: " + e.getMessage(), e);
    }
  }

  private boolean carriesText(byte[] buffer, int length) {
    int value = valueOf(textField, buffer, length);
    return value + 1 < length && buffer[value] == '"' && buffer[value + 1] != '"';
  }

  /** Where the value of a field begins, or {@code length} if the event has no such field. */
  private static int valueOf(byte[] field, byte[] buffer, int length) {
    int last = length - field.length;
    for (int i = 0; i <= last; i++) {
      if (buffer[i] == field[0]
          && Arrays.equals(buffer, i, i + field.length, field, 0, field.length)) {
        int value = i + field.length;
        return value < length && buffer[value] == ' ' ? value + 1 : value;
      }
    }
    return length;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
