package dev.flotilla.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TextAssemblerTest {

  @Test
  void emitsWholeCharactersOnly() {
    TextAssembler text = new TextAssembler(List.of());
    byte[] euro = "€".getBytes(UTF_8);
    assertThat(text.add(new byte[] {euro[0]})).isEmpty();
    assertThat(text.add(new byte[] {euro[1]})).isEmpty();
    assertThat(text.add(new byte[] {euro[2], 'x'})).isEqualTo("€x");
    assertThat(text.finish()).isEmpty();
  }

  @Test
  void brokenCharacterAtTheEndIsReplaced() {
    TextAssembler text = new TextAssembler(List.of());
    assertThat(text.add(new byte[] {'a', (byte) 0xF0, (byte) 0x9F})).isEqualTo("a");
    assertThat(text.finish()).isEqualTo("\uFFFD");
  }

  @Test
  void strayContinuationBytesDoNotStallTheStream() {
    TextAssembler text = new TextAssembler(List.of());
    String shown = text.add(new byte[] {(byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80, 'a'});
    assertThat(shown).endsWith("a");
  }

  @Test
  void anyCuttingOfATextGivesTheTextUpToTheFirstStop() {
    long seed = Long.getLong("flotilla.seed", System.nanoTime());
    Random random = new Random(seed);
    List<String> stops = List.of("STOP", "ST!", "\n\n", "ü.");
    String[] parts = {"S", "T", "STO", "ü", "€uro ", "\n", "words and more ", "😀", ".", "!"};
    for (int round = 0; round < 5_000; round++) {
      StringBuilder whole = new StringBuilder();
      for (int i = random.nextInt(12); i >= 0; i--) {
        whole.append(parts[random.nextInt(parts.length)]);
      }
      int end =
          stops.stream().mapToInt(whole.toString()::indexOf).filter(at -> at >= 0).min().orElse(-1);
      String expected = end < 0 ? whole.toString() : whole.substring(0, end);
      assertThat(assemble(whole.toString().getBytes(UTF_8), stops, random))
          .as("seed %d, text %s", seed, whole)
          .isEqualTo(expected);
    }
  }

  private static String assemble(byte[] bytes, List<String> stops, Random random) {
    TextAssembler text = new TextAssembler(stops);
    StringBuilder shown = new StringBuilder();
    int at = 0;
    while (at < bytes.length && !text.stopped()) {
      int next = Math.min(bytes.length, at + 1 + random.nextInt(4));
      shown.append(text.add(Arrays.copyOfRange(bytes, at, next)));
      at = next;
    }
    return shown.append(text.finish()).toString();
  }
}
