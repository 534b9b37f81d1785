package dev.flotilla.node.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.gguf.LayerRange;
import dev.flotilla.node.placement.BetterSeat.Move;
import dev.flotilla.tokens.NodeId;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MoveJudgeTest {
  private static final long SECOND = 1_000_000_000;

  private final MoveJudge judge = new MoveJudge();

  private static Optional<Move> move(char to, double speedup) {
    Seat from = new Seat(new LayerRange(1, 2), 1, new NodeId("1".repeat(64)));
    return Optional.of(new Move(from, from.at(new NodeId(String.valueOf(to).repeat(64))), speedup));
  }

  private Optional<Move> judge(Optional<Move> best, long second) {
    return judge.judge(best, second * SECOND);
  }

  @Test
  void aMoveIsDueAfterItHasBeenWorthItForAMinute() {
    assertThat(judge(move('2', 1.3), 0)).isEmpty();
    assertThat(judge(move('2', 2.0), 59)).isEmpty();
    assertThat(judge(move('2', 1.4), 60)).isEqualTo(move('2', 1.4));
  }

  @Test
  void aMomentInWhichItIsNotBeginsAnew() {
    judge(move('2', 1.3), 0);
    judge(move('2', 1.2), 30);
    assertThat(judge(move('2', 1.3), 61)).isEmpty();
    judge(Optional.empty(), 70);
    assertThat(judge(move('2', 1.3), 125)).isEmpty();
    assertThat(judge(move('2', 1.3), 185)).isPresent();
  }

  @Test
  void soDoesAnotherMove() {
    judge(move('2', 1.3), 0);
    judge(move('3', 1.4), 30);
    assertThat(judge(move('3', 1.4), 61)).isEmpty();
    assertThat(judge(move('3', 1.4), 90)).isPresent();
  }

  @Test
  void afterAMoveStagesRest() {
    judge(move('2', 1.3), 0);
    assertThat(judge(move('2', 1.3), 60)).isPresent();
    judge(move('3', 9), 61);
    assertThat(judge(move('3', 9), 359)).isEmpty();
    assertThat(judge(move('3', 9), 360)).isPresent();
  }

  @Test
  void noSpeedupIsNone() {
    judge(move('2', Double.NaN), 0);
    assertThat(judge(move('2', Double.NaN), 100)).isEmpty();
  }
}
