package dev.flotilla.federation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AdmissionTest {
  private final int[] slots = {2};
  private final Admission admission = new Admission(() -> slots[0]);
  private final List<String> entered = new ArrayList<>();
  private final List<String> refused = new ArrayList<>();

  private final class Guest implements Admission.Entrant {
    private final String name;

    Guest(String name) {
      this.name = name;
    }

    @Override
    public void enter() {
      entered.add(name);
    }

    @Override
    public void refuse() {
      refused.add(name);
    }
  }

  private Guest come(String owner, String name) {
    Guest guest = new Guest(name);
    admission.come(owner, guest);
    return guest;
  }

  @Test
  void letsInWhatKeepsTheReplicasBusyAndThenTakesTurns() {
    List<Guest> first = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      first.add(come("greedy", "g" + i));
    }
    assertThat(entered).hasSize(2 * Admission.SESSIONS_PER_SLOT);
    entered.clear();
    for (int i = 4; i < 8; i++) {
      come("greedy", "g" + i);
    }
    come("modest", "m0");
    assertThat(entered).isEmpty();
    first.forEach(guest -> admission.gone("greedy", guest));
    assertThat(entered).containsExactly("g4", "m0", "g5", "g6");
    assertThat(admission.waiting()).isEqualTo(1);
  }

  @Test
  void whoGoesAwayWhileWaitingIsNotLetIn() {
    slots[0] = 1;
    Guest inside = come("a", "1");
    come("a", "2");
    Guest impatient = come("a", "3");
    come("a", "4");
    admission.gone("a", impatient);
    admission.gone("a", inside);
    assertThat(entered).containsExactly("1", "2", "4");
  }

  @Test
  void moreReplicasLetMoreIn() {
    slots[0] = 1;
    for (int i = 0; i < 5; i++) {
      come("a", "" + i);
    }
    assertThat(entered).hasSize(2);
    slots[0] = 2;
    admission.letIn();
    assertThat(entered).hasSize(4);
  }

  @Test
  void withoutReplicasEverybodyHearsOfItAtOnce() {
    slots[0] = 0;
    for (int i = 0; i < 5; i++) {
      come("a", "" + i);
    }
    assertThat(entered).hasSize(5);
  }

  @Test
  void theCrowdIsBoundedAndPaysForItself() {
    for (int i = 0; i < 4 + Admission.MAX_WAITING; i++) {
      come("greedy", "g" + i);
    }
    assertThat(refused).isEmpty();
    come("modest", "m0");
    assertThat(refused).singleElement().asString().startsWith("g");
    assertThat(admission.waiting()).isEqualTo(Admission.MAX_WAITING);
  }
}
