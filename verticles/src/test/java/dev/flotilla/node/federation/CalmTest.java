package dev.flotilla.node.federation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CalmTest {
  private static final long START = -5;

  private final Calm calm = new Calm();

  @Test
  void whoeverIsWantedHasToBeIdleForAsLongAgain() {
    assertThat(calm.lasts(true, START)).isFalse();
    assertThat(calm.lasts(true, START + Calm.NANOS - 1)).isFalse();
    assertThat(calm.lasts(false, START + Calm.NANOS)).isFalse();
    assertThat(calm.lasts(true, START + Calm.NANOS + 1)).isFalse();
    assertThat(calm.lasts(true, START + 2 * Calm.NANOS)).isFalse();
    assertThat(calm.lasts(true, START + 2 * Calm.NANOS + 1)).isTrue();
    assertThat(calm.lasts(true, START + 3 * Calm.NANOS)).isTrue();
  }
}
