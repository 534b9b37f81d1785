package dev.flotilla.cli.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.node.OptionException;
import org.junit.jupiter.api.Test;

class LocalAddressTest {
  @Test
  void whatThisMachineHasIsTaken() {
    assertThat(LocalAddress.require("bind", "127.0.0.1")).isEqualTo("127.0.0.1");
    assertThat(LocalAddress.require("bind", "0.0.0.0")).isEqualTo("0.0.0.0");
    assertThat(LocalAddress.require("bind", "::")).isEqualTo("::");
  }

  @Test
  void aNameStandsForItsAddress() {
    assertThat(LocalAddress.require("bind", "localhost")).isEqualTo("127.0.0.1");
  }

  @Test
  void anotherMachinesAddressIsRefusedWithWhatThereIs() {
    assertThatThrownBy(() -> LocalAddress.require("bind", "192.0.2.7"))
        .isInstanceOf(OptionException.class)
        .hasMessageContaining("has the address 192.0.2.7; there are ")
        .hasMessageContaining("127.0.0.1");
  }

  @Test
  void whatIsNoAddressIsRefused() {
    assertThatThrownBy(() -> LocalAddress.require("bind", "no.such.host.invalid"))
        .isInstanceOf(OptionException.class)
        .hasMessageContaining("no.such.host.invalid is not an address");
  }
}
