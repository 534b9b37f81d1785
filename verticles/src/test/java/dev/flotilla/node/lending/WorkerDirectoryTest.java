package dev.flotilla.node.lending;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.gguf.LayerRange;
import dev.flotilla.sharding.store.StageKey;
import dev.flotilla.tokens.NodeId;
import io.vertx.core.buffer.Buffer;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WorkerDirectoryTest {
  private static final NodeId ONE = new NodeId("1".repeat(64));
  private static final NodeId TWO = new NodeId("2".repeat(64));

  private final Set<NodeId> members = new HashSet<>(Set.of(ONE, TWO));
  private long nowNanos = 1;
  private final WorkerDirectory directory =
      new WorkerDirectory(() -> Set.copyOf(members), () -> nowNanos);

  private static WorkerOffer offer(long freeBytes, int slices) {
    List<StageKey> keys =
        IntStream.range(0, slices)
            .mapToObj(i -> new StageKey("cd".repeat(32), new LayerRange(i, i + 1)))
            .toList();
    return new WorkerOffer("1.0", 100, freeBytes, 4, 2, keys, false);
  }

  @Test
  void offersHoldAsLongAsTheyAreRepeated() {
    directory.heard(TWO, offer(1, 0));
    directory.heard(ONE, offer(2, 0));
    assertThat(directory.offers()).containsOnlyKeys(ONE, TWO);
    nowNanos += WorkerDirectory.LIFETIME_NANOS;
    directory.heard(ONE, offer(3, 0));
    assertThat(directory.offers()).containsOnlyKeys(ONE, TWO);
    nowNanos += 1;
    assertThat(directory.offers()).containsOnlyKeys(ONE);
    assertThat(directory.offers().get(ONE)).isEqualTo(offer(3, 0));
  }

  @Test
  void whoLeavesLendsNothing() {
    directory.heard(ONE, offer(1, 0));
    members.remove(ONE);
    assertThat(directory.offers()).isEmpty();
    members.add(ONE);
    assertThat(directory.offers()).as("until it says so again").isEmpty();
  }

  @Test
  void offersTravelWithTheSlicesUsedLast() {
    WorkerOffer.Codec codec = new WorkerOffer.Codec();
    WorkerOffer offer = offer(7, 3);
    assertThat(codec.decode(codec.encode(offer))).isEqualTo(offer);
    assertThat(codec.decode(codec.encode(offer(7, 500))).slices())
        .isEqualTo(offer(7, WorkerOffer.MAX_SLICES).slices());
  }

  @Test
  void hostileOffersAreRefused() {
    WorkerOffer.Codec codec = new WorkerOffer.Codec();
    assertThatThrownBy(() -> codec.decode(Buffer.buffer(new byte[1 << 20])))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() ->
            codec.decode(Buffer.buffer(codec.encode(offer(1, 0)).toString().replace("100", "0"))))
        .hasMessageContaining("free");
    long seed = Long.getLong("flotilla.test.seed", System.nanoTime());
    Random random = new Random(seed);
    byte[] valid = codec.encode(offer(7, 3)).getBytes();
    int refused = 0;
    for (int i = 0; i < 5_000; i++) {
      byte[] bytes = valid.clone();
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(128);
      try {
        WorkerOffer read = codec.decode(Buffer.buffer(bytes));
        assertThat(read.freeBytes()).as("seed %d", seed).isBetween(0L, read.lentBytes());
      } catch (RuntimeException e) {
        refused++;
      }
    }
    assertThat(refused).as("seed %d", seed).isPositive();
  }
}
