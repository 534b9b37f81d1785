package dev.flotilla.sharding.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LabelTest {
  @Test
  void aLabelIsANameAndAValue() {
    assertThat(Label.parse("room=office")).isEqualTo(new Label("room", "office"));
    assertThat(Label.parse(" site.eu/floor = 3-b_2 "))
        .isEqualTo(new Label("site.eu/floor", "3-b_2"));
    assertThat(Label.parse("Raum=Küche")).isEqualTo(new Label("Raum", "Küche"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "room",
        "=",
        "room=",
        "=office",
        "room=a=b",
        "room=a,b",
        "room=a b",
        "-a=b",
        "room=\u001b[2J",
        "room=a\n"
      })
  void whatIsNoneIsRefused(String text) {
    assertThatThrownBy(() -> Label.parse(text + (text.endsWith("\n") ? "b" : "")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("NAME=VALUE");
  }

  @Test
  void aLongOneIsRefused() {
    assertThat(Label.parse("a".repeat(63) + "=" + "b".repeat(63)).name()).hasSize(63);
    assertThatThrownBy(() -> Label.parse("a=" + "b".repeat(64)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aNameHasOneValue() {
    Label office = new Label("room", "office");
    assertThat(Label.byName(List.of(office, new Label("rack", "3"), office)))
        .isEqualTo(Map.of("room", "office", "rack", "3"));
    assertThatThrownBy(() -> Label.byName(List.of(office, new Label("room", "attic"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("room", "office", "attic");
  }
}
