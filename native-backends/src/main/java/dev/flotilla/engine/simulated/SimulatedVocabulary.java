package dev.flotilla.engine.simulated;

import dev.flotilla.engine.Vocabulary;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** One token per byte, one that ends an answer, and a few dozen words to answer with. */
public final class SimulatedVocabulary implements Vocabulary {
  private static final int BYTES = 256;
  private static final int END = BYTES;
  private static final int FIRST_WORD = END + 1;
  private static final byte[] NOTHING = {};

  private static final List<byte[]> WORDS =
      List.of(
              "sea", "wind", "sail", "harbour", "wave", "gull", "rope", "deck", "mast", "tide",
              "anchor", "storm", "crew", "isle", "reef", "keel", "buoy", "chart", "star", "dawn",
              "east", "west", "calm", "foam", "salt", "oar", "hull", "port", "bell", "light")
          .stream()
          .map(word -> (" " + word).getBytes(StandardCharsets.UTF_8))
          .toList();

  /** The token of a random 64-bit number: a word, never the end. */
  static int word(long random) {
    return FIRST_WORD + (int) Long.remainderUnsigned(random, WORDS.size());
  }

  @Override
  public int size() {
    return FIRST_WORD + WORDS.size();
  }

  @Override
  public int[] tokenize(String text, boolean addSpecial, boolean parseSpecial) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int[] tokens = new int[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      tokens[i] = bytes[i] & 0xFF;
    }
    return tokens;
  }

  @Override
  public byte[] piece(int token) {
    if (token == END) {
      return NOTHING;
    }
    return token < BYTES ? new byte[] {(byte) token} : WORDS.get(token - FIRST_WORD);
  }

  @Override
  public byte[] spelling(int token) {
    return piece(token);
  }

  @Override
  public String detokenize(int[] tokens) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int token : tokens) {
      bytes.writeBytes(piece(token));
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Override
  public boolean endsGeneration(int token) {
    return token == END;
  }
}
