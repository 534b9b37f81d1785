package dev.flotilla.tokens;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PeerAddressTest {

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.7:5701", "node-3.example.org:80", "[fd00::2]:65535", "a:1"})
  void whatItWritesItReads(String text) {
    assertThat(PeerAddress.parse(text)).hasToString(text);
  }

  @Test
  void bracketsAreNotPartOfTheHost() {
    assertThat(PeerAddress.parse("[::1]:5701")).isEqualTo(new PeerAddress("::1", 5701));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":",
        "host",
        "host:",
        ":5701",
        "host:0",
        "host:65536",
        "host:-1",
        "host:port",
        "fd00::2:5701",
        "[]:1",
        "ho st:1",
        "host:99999999999",
        "http://host:1",
        "a/b:1",
        "a\n:1"
      })
  void refusesWhatIsNoPeer(String text) {
    assertThatThrownBy(() -> PeerAddress.parse(text)).isInstanceOf(TokenException.class);
  }

  @Test
  void aRefusalDoesNotRepeatAnEndlessText() {
    assertThatThrownBy(() -> PeerAddress.parse("x".repeat(1_000_000)))
        .message()
        .hasSizeLessThan(400);
  }
}
