package dev.flotilla.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class JsonTextTest {

  @Test
  void escapesEveryCharacterAsTheJsonLibraryDoes() {
    int block = 0x100;
    for (int first = 0; first <= Character.MAX_CODE_POINT; first += block) {
      StringBuilder text = new StringBuilder();
      for (int codePoint = first; codePoint < first + block; codePoint++) {
        if (Character.getType(codePoint) != Character.SURROGATE) {
          text.appendCodePoint(codePoint);
        }
      }
      assertThat(escape(text.toString()))
          .as("from U+%04X", first)
          .isEqualTo(library(text.toString()));
    }
  }

  @Test
  void replacesHalfASurrogatePair() {
    assertThat(new String(escape("a\uD83Db"), StandardCharsets.UTF_8)).isEqualTo("a\uFFFDb");
    assertThat(new String(escape("\uDE00\uD83D"), StandardCharsets.UTF_8))
        .isEqualTo("\uFFFD\uFFFD");
  }

  @Test
  void escapesTextsAsTheJsonLibraryDoes() {
    long seed = Long.getLong("flotilla.seed", 42);
    Random random = new Random(seed);
    for (int i = 0; i < 2_000; i++) {
      String text = text(random);
      assertThat(escape(text)).as("seed %d, text %d", seed, i).isEqualTo(library(text));
    }
  }

  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    int length = random.nextInt(40);
    for (int i = 0; i < length; i++) {
      int bound =
          switch (random.nextInt(4)) {
            case 0 -> 0x80;
            case 1 -> 0x800;
            case 2 -> 0xD800;
            default -> 0x110000;
          };
      int codePoint = random.nextInt(bound);
      if (Character.getType(codePoint) != Character.SURROGATE) {
        text.appendCodePoint(codePoint);
      }
    }
    return text.toString();
  }

  private static byte[] escape(String text) {
    byte[] out = new byte[3 + JsonText.mostBytes(text.length())];
    int end = JsonText.escape(text, out, 3);
    return Arrays.copyOfRange(out, 3, end);
  }

  private static byte[] library(String text) {
    String quoted = Json.encode(text);
    return quoted.substring(1, quoted.length() - 1).getBytes(StandardCharsets.UTF_8);
  }
}
