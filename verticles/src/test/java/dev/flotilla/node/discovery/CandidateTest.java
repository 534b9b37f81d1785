package dev.flotilla.node.discovery;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.node.discovery.Candidate.Source;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CandidateTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "::",
        "224.0.0.251",
        "ff02::fb",
        "255.255.255.255",
        "0.1.2.3",
        "localhost",
        ""
      })
  void aCandidateIsOneMachinesAddress(String host) {
    assertThatThrownBy(() -> new Candidate(host, 5701, Source.MDNS))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
