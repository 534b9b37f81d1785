package dev.flotilla.node.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.gguf.LayerRange;
import dev.flotilla.node.placement.Change.Move;
import dev.flotilla.node.placement.Change.Recut;
import dev.flotilla.tokens.NodeId;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ChangeJudgeTest {
  private static final long SECOND = 1_000_000_000;

  private final ChangeJudge judge = new ChangeJudge();

  private static Change move(char to, double speedup) {
    Seat from = new Seat(new LayerRange(1, 2), 1, new NodeId("1".repeat(64)));
    return new Move(from, from.at(new NodeId(String.valueOf(to).repeat(64))), speedup);
  }

  private Optional<Change> judge(Change possible, long second) {
    return judge(List.of(possible), second);
  }

  private Optional<Change> judge(List<Change> possible, long second) {
    return judge.judge(possible, second * SECOND);
  }

  @Test
  void aMoveIsDueAfterItHasBeenWorthItForAMinute() {
    assertThat(judge(move('2', 1.3), 0)).isEmpty();
    assertThat(judge(move('2', 2.0), 59)).isEmpty();
    assertThat(judge(move('2', 1.4), 60)).contains(move('2', 1.4));
  }

  @Test
  void nowAndThenItMayLookLess() {
    judge(move('2', 1.3), 0);
    judge(move('2', 1.4), 15);
    judge(move('2', 1.1), 30);
    judge(move('2', 1.3), 45);
    assertThat(judge(move('2', 1.3), 60)).isPresent();
  }

  @Test
  void whatIsOftenNotWorthItBeginsAnew() {
    judge(move('2', 1.3), 0);
    judge(move('2', 1.2), 30);
    assertThat(judge(move('2', 1.3), 61)).isEmpty();
    assertThat(judge(move('2', 1.3), 120)).isEmpty();
    assertThat(judge(move('2', 1.3), 121)).isPresent();
  }

  @Test
  void aMomentInWhichItIsNoGainBeginsAnew() {
    judge(move('2', 1.3), 0);
    judge(move('2', 1.3), 20);
    judge(move('2', 1.3), 40);
    judge(move('2', 1.0), 50);
    assertThat(judge(move('2', 1.3), 61)).isEmpty();
    judge(List.of(), 70);
    assertThat(judge(move('2', 1.3), 125)).isEmpty();
    assertThat(judge(move('2', 1.3), 185)).isPresent();
  }

  @Test
  void eachChangeIsWatchedForItself() {
    judge(move('2', 1.3), 0);
    judge(List.of(move('2', 1.3), move('3', 1.4)), 30);
    assertThat(judge(List.of(move('3', 1.4)), 61)).isEmpty();
    assertThat(judge(List.of(move('2', 1.3), move('3', 1.4)), 90)).contains(move('3', 1.4));
  }

  @Test
  void whicheverLooksBestOneIsDue() {
    for (int second = 0; second < 60; second += 10) {
      double better = second % 20 == 0 ? 1.4 : 1.6;
      assertThat(judge(List.of(move('2', better), move('3', 1.5)), second)).isEmpty();
    }
    assertThat(judge(List.of(move('2', 1.4), move('3', 1.5)), 60)).contains(move('3', 1.5));
  }

  @Test
  void aMoveThatIsWorthItComesBeforeCuts() {
    judge(List.of(recut(2, 2), move('2', 1.3)), 0);
    assertThat(judge(List.of(recut(2, 2), move('2', 1.3)), 60)).contains(move('2', 1.3));
  }

  @Test
  void aMoveThatIsHardlyWorthItHoldsUpNoCuts() {
    for (int second = 0; second < 60; second += 10) {
      double hardly = second % 20 == 0 ? 1.26 : 1.24;
      assertThat(judge(List.of(recut(2, 1.5), move('2', hardly)), second)).isEmpty();
    }
    assertThat(judge(List.of(recut(2, 1.5), move('2', 1.26)), 60)).contains(recut(2, 1.5));
  }

  @Test
  void afterAMoveStagesRest() {
    judge(move('2', 1.3), 0);
    assertThat(judge(move('2', 1.3), 60)).isPresent();
    judge(move('3', 9), 61);
    assertThat(judge(move('3', 9), 359)).isEmpty();
    assertThat(judge(move('3', 9), 360)).isPresent();
  }

  private static Change recut(int cut, double speedup) {
    NodeId head = new NodeId("f".repeat(64));
    NodeId worker = new NodeId("1".repeat(64));
    return new Recut(
        List.of(
            new Seat(new LayerRange(0, cut), 1, head), new Seat(new LayerRange(cut, 5), 1, worker)),
        speedup);
  }

  @Test
  void whichCutsAreBestMayDifferFromOneLookToTheNext() {
    assertThat(judge(recut(2, 1.3), 0)).isEmpty();
    assertThat(judge(recut(3, 1.4), 30)).isEmpty();
    assertThat(judge(recut(1, 1.3), 60)).contains(recut(1, 1.3));
  }

  @Test
  void theRestBeginsWhenAChangeIsMade() {
    judge(recut(2, 1.3), 0);
    assertThat(judge(recut(2, 1.3), 60)).isPresent();
    judge.made(200 * SECOND);
    judge(recut(2, 1.3), 210);
    assertThat(judge(recut(2, 1.3), 499)).isEmpty();
    assertThat(judge(recut(2, 1.3), 500)).isPresent();
  }

  @Test
  void changesThatFailAreTriedLessAndLess() {
    long failed = 0;
    judge(recut(2, 1.3), failed);
    judge(recut(2, 1.3), failed + 60);
    for (long rest : new long[] {600, 1200, 2400, 3600, 3600}) {
      judge.failed(failed * SECOND);
      judge(recut(2, 1.3), failed + 1);
      assertThat(judge(recut(2, 1.3), failed + rest - 1)).isEmpty();
      failed += rest;
      assertThat(judge(recut(2, 1.3), failed)).isPresent();
    }
    judge.made(failed * SECOND);
    judge(recut(2, 1.3), failed + 1);
    assertThat(judge(recut(2, 1.3), failed + 300)).isPresent();
  }

  @Test
  void noSpeedupIsNone() {
    judge(move('2', Double.NaN), 0);
    assertThat(judge(move('2', Double.NaN), 100)).isEmpty();
  }
}
