package dev.flotilla.engine;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Turns the pieces of tokens into text that may be shown: whole UTF-8 characters only, and nothing
 * of a stop string, also where one is split over several tokens. Confined to one thread.
 */
final class TextAssembler {
  private static final String REPLACEMENT = "\uFFFD";

  private final List<byte[]> stops;
  private byte[] held = new byte[64];
  private int size;
  private boolean stopped;

  TextAssembler(List<String> stopStrings) {
    stops = stopStrings.stream().map(stop -> stop.getBytes(StandardCharsets.UTF_8)).toList();
  }

  /** Adds the bytes of a token, and returns the text that can be shown now; possibly empty. */
  String add(byte[] piece) {
    append(piece);
    int stopAt = firstStop();
    if (stopAt >= 0) {
      stopped = true;
      size = stopAt;
      return release(wholeCharacters(size));
    }
    return release(wholeCharacters(size - possibleStop()));
  }

  /** Whether a stop string was completed; nothing may be added then. */
  boolean stopped() {
    return stopped;
  }

  /**
   * What is still held back when the answer ends by other means; an incomplete character becomes
   * U+FFFD.
   */
  String finish() {
    int whole = wholeCharacters(size);
    boolean broken = whole < size;
    String text = release(whole);
    size = 0;
    return broken && !stopped ? text + REPLACEMENT : text;
  }

  private void append(byte[] piece) {
    if (size + piece.length > held.length) {
      held = Arrays.copyOf(held, Math.max(size + piece.length, 2 * held.length));
    }
    System.arraycopy(piece, 0, held, size, piece.length);
    size += piece.length;
  }

  /** Where the stop string that begins first begins, or -1. */
  private int firstStop() {
    for (int at = 0; at < size; at++) {
      for (byte[] stop : stops) {
        if (at + stop.length <= size && matches(stop, at, stop.length)) {
          return at;
        }
      }
    }
    return -1;
  }

  /** The length of the longest tail that is the beginning of a stop string. */
  private int possibleStop() {
    int longest = 0;
    for (byte[] stop : stops) {
      for (int length = Math.min(stop.length - 1, size); length > longest; length--) {
        if (matches(stop, size - length, length)) {
          longest = length;
        }
      }
    }
    return longest;
  }

  private boolean matches(byte[] stop, int at, int length) {
    return Arrays.equals(held, at, at + length, stop, 0, length);
  }

  /**
   * The largest length up to {@code end} that does not cut a UTF-8 character (RFC 3629) that may
   * yet complete.
   */
  private int wholeCharacters(int end) {
    int lead = end - 1;
    while (lead >= 0 && lead > end - 4 && (held[lead] & 0xC0) == 0x80) {
      lead--;
    }
    if (lead < 0) {
      return end;
    }
    int needed =
        switch (Integer.numberOfLeadingZeros(~held[lead] << 24)) {
          case 2 -> 2;
          case 3 -> 3;
          case 4 -> 4;
          default -> 1;
        };
    return end - lead < needed ? lead : end;
  }

  private String release(int length) {
    if (length == 0) {
      return "";
    }
    String text = new String(held, 0, length, StandardCharsets.UTF_8);
    System.arraycopy(held, length, held, 0, size - length);
    size -= length;
    return text;
  }
}
