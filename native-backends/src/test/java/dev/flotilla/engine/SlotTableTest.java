package dev.flotilla.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.engine.SlotTable.Slot;
import org.junit.jupiter.api.Test;

class SlotTableTest {
  private final SlotTable table = new SlotTable(3);

  @Test
  void givesTheSlotThatContinuesThePrompt() {
    Slot conversation = fill(1, 2, 3, 4);
    fill(9, 9, 9);
    assertThat(table.take(new int[] {1, 2, 3, 4, 5, 6})).contains(conversation);
  }

  @Test
  void doesNotSacrificeALongConversationForAShortCommonBeginning() {
    Slot conversation = fill(1, 2, 3, 4, 5, 6, 7, 8);
    assertThat(table.take(new int[] {1, 2, 30, 40}).orElseThrow()).isNotSameAs(conversation);
  }

  @Test
  void aQuestionThatIsAskedAgainReplacesItsAnswer() {
    Slot question = fill(1, 2, 3, 10, 11, 12, 13, 14);
    assertThat(table.take(new int[] {1, 2, 3})).contains(question);
  }

  @Test
  void evictsTheLeastRecentlyUsed() {
    Slot oldest = fill(1, 1, 1);
    fill(2, 2, 2);
    fill(3, 3, 3);
    assertThat(table.take(new int[] {7, 7})).contains(oldest);
  }

  @Test
  void keepsRunningSessionsInConsecutiveSlots() {
    Slot first = fill(1, 1, 1);
    Slot second = fill(2, 2, 2);
    Slot third = fill(3, 3, 3);
    assertThat(table.take(new int[] {3, 3, 3, 4})).contains(third);
    assertThat(table.take(new int[] {9, 9})).contains(second);
    assertThat(table.take(new int[] {9, 9})).contains(first);
  }

  @Test
  void hasNothingToGiveWhenAllAreTaken() {
    for (int i = 0; i < 3; i++) {
      assertThat(table.take(new int[] {i})).isPresent();
    }
    assertThat(table.take(new int[] {5})).isEmpty();
    assertThat(table.taken()).isEqualTo(3);
  }

  private Slot fill(int... tokens) {
    Slot slot = table.take(tokens).orElseThrow();
    slot.cached().truncate(0);
    for (int token : tokens) {
      slot.cached().add(token);
    }
    table.release(slot);
    return slot;
  }
}
