package dev.flotilla.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class NgramDraftTest {
  private static final int END = 99;

  @Test
  void goesOnAsItDidAfterTheSameTokens() {
    assertThat(draft(3, 1, 2, 3, 4, 5, 9, 1, 2)).containsExactly(3, 4, 5);
  }

  @Test
  void prefersTheLongestMatchAndThenTheLatest() {
    assertThat(draft(1, 7, 1, 2, 10, 8, 1, 2, 20, 7, 1, 2)).containsExactly(10);
    assertThat(draft(1, 7, 1, 2, 10, 7, 1, 2, 20, 7, 1, 2)).containsExactly(20);
  }

  @Test
  void oneTokenAloneIsNoGround() {
    assertThat(draft(4, 1, 2, 3, 9, 2)).isEmpty();
    assertThat(draft(4, 5)).isEmpty();
    assertThat(draft(4, 5, 5)).isEmpty();
  }

  @Test
  void aTextThatRepeatsItselfGoesOnSo() {
    assertThat(draft(5, 1, 2, 3, 1, 2)).containsExactly(3, 1, 2, 3, 1);
    assertThat(draft(4, 7, 7, 7)).containsExactly(7, 7, 7, 7);
  }

  @Test
  void nothingIsGuessedFromTheEndOnOrBeyondWhatIsAskedFor() {
    assertThat(draft(4, 1, 2, 3, END, 4, 1, 2)).containsExactly(3);
    assertThat(draft(4, 1, 2, END, 4, 1, 2)).isEmpty();
    assertThat(draft(0, 1, 2, 3, 1, 2)).isEmpty();
  }

  @Test
  void longMatchesAreBoundedAtTheBeginning() {
    assertThat(draft(2, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8)).containsExactly(9, 1);
  }

  /** What is drafted after some tokens. */
  private static int[] draft(int most, int... tokens) {
    int last = tokens.length - 1;
    TokenList past = new TokenList(Arrays.copyOf(tokens, last));
    return NgramDraft.after(past, tokens[last], most, token -> token == END);
  }
}
