package dev.flotilla.federation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import org.junit.jupiter.api.Test;

class PrefixTest {
  @Test
  void sharedBeginningsShareHashesAndNothingElseDoes() {
    String system = "You are a helpful sailor. ".repeat(40);
    PrefixChain one = PrefixChain.of(system + "a".repeat(600));
    PrefixChain two = PrefixChain.of(system + "b".repeat(600));
    int whole = system.length() / PrefixChain.BLOCK_CHARS;
    for (int i = 0; i < one.hashes().length; i++) {
      assertThat(one.hashes()[i] == two.hashes()[i]).as("block %d", i).isEqualTo(i < whole);
    }
    assertThat(PrefixChain.of("short").hashes()).isEmpty();
    assertThat(PrefixChain.of("x".repeat(1_000_000)).hashes()).hasSize(PrefixChain.MAX_BLOCKS);
  }

  @Test
  void indexHoldsWhatTheSlotsHold() {
    PrefixIndex index = new PrefixIndex(2);
    String system = "s".repeat(2560);
    index.read(PrefixChain.of(system + "one"));
    index.read(PrefixChain.of(system + "two " + "t".repeat(256)));
    PrefixChain question = PrefixChain.of(system + "three");
    assertThat(question.cachedShare(index.digest())).isCloseTo(2560 / 2565.0, offset(1e-9));
    // The second took the place of the first, so that one more fits beside it, and no third.
    index.read(PrefixChain.of("u".repeat(512)));
    assertThat(question.cachedShare(index.digest())).isPositive();
    index.read(PrefixChain.of("v".repeat(512)));
    assertThat(question.cachedShare(index.digest())).isZero();
    index.clear();
    assertThat(index.digest()).isEqualTo(PrefixDigest.EMPTY);
  }

  @Test
  void digestIsBounded() {
    PrefixIndex index = new PrefixIndex(4);
    index.read(PrefixChain.of("x".repeat(300_000)));
    assertThat(index.digest().hashes()).hasSize(PrefixDigest.MAX_HASHES);
  }
}
