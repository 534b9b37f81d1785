package dev.flotilla.node.discovery.dht;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.node.discovery.dht.Bencoded.Dictionary;
import dev.flotilla.node.discovery.dht.Bencoded.Int;
import dev.flotilla.node.discovery.dht.Bencoded.Items;
import dev.flotilla.node.discovery.dht.Bencoded.Text;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BencodedTest {
  /** The example of BEP 5. */
  private static final String PING = "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe";

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void writesTheSpecificationsExample() {
    Dictionary ping =
        Dictionary.of(
            Map.of(
                "t", Text.of("aa"),
                "y", Text.of("q"),
                "q", Text.of("ping"),
                "a", Dictionary.of(Map.of("id", Text.of("abcdefghij0123456789")))));
    assertThat(ping.encode()).asString(StandardCharsets.ISO_8859_1).isEqualTo(PING);
  }

  @Test
  void readsTheSpecificationsExample() {
    Dictionary ping = (Dictionary) Bencoded.decode(bytes(PING));
    assertThat(ping.text("q")).contains("ping");
    assertThat(ping.dictionary("a").orElseThrow().text("id")).contains("abcdefghij0123456789");
  }

  @Test
  void whatItWritesItReads() {
    Bencoded value =
        new Items(
            List.of(new Int(-7), new Int(0), Text.of(""), new Items(List.of()), Text.of("ÿ")));
    assertThat(value.encode()).asString(StandardCharsets.ISO_8859_1).isEqualTo("li-7ei0e0:le1:ÿe");
    assertThat(Bencoded.decode(value.encode()).encode()).isEqualTo(value.encode());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "i",
        "ie",
        "i-e",
        "i1",
        "iae",
        "l",
        "d",
        "di1e1:ae",
        "d1:a",
        "5:abcd",
        "-1:a",
        ":",
        "99999999999999999999:a",
        "2147483647:a",
        "i1ei2e",
        "llllllllee",
        "x"
      })
  void refusesWhatIsNoValue(String text) {
    assertThatThrownBy(() -> Bencoded.decode(bytes(text)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void enduresAnyBytes() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    int read = 0;
    for (int round = 0; round < 20_000; round++) {
      byte[] packet = bytes(PING);
      for (int change = random.nextInt(4); change >= 0; change--) {
        packet[random.nextInt(packet.length)] =
            (byte) "0123456789deil:-".charAt(random.nextInt(16));
      }
      try {
        assertThat(Bencoded.decode(packet).encode()).hasSizeLessThanOrEqualTo(packet.length);
        read++;
      } catch (IllegalArgumentException refused) {
        assertThat(refused).hasMessageNotContaining("null");
      }
    }
    assertThat(read).as("some are values still").isPositive();
  }
}
