package dev.flotilla.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import java.util.SequencedMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Reads, checks and cuts damaged headers: the result is a file whose every offset is in bounds, or
 * a refusal, in memory proportional to the file. Repeat a run with {@code -Dflotilla.test.seed=N}.
 */
class GgufFuzzTest {
  private static final int FILES = 24_000;
  private static final int MAX_ALLOCATED_PER_BYTE = 40;

  /** Room for classes that are loaded on the way. */
  private static final int MAX_ALLOCATED_BESIDES = 2 << 20;

  private static final long[] LIES = {
    0,
    1,
    2,
    255,
    1 << 16,
    Integer.MAX_VALUE,
    1L << 31,
    0xffff_ffffL,
    1L << 32,
    1L << 40,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    -1,
    -2
  };

  private final long seed = Long.getLong("flotilla.test.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private List<byte[]> valid = List.of();
  @TempDir private Path folder;

  @BeforeEach
  void writeValidFiles() throws IOException {
    valid =
        List.of(
            write(ModelSamples.llama(), ModelSamples.llamaTensors(2)),
            write(ModelSamples.gemma2(), ModelSamples.llamaTensors(2)),
            write(ModelSamples.everyType(), List.of()));
  }

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void damagedFilesAreReadInBoundsOrRefused() throws IOException {
    int refused = 0;
    for (int i = 0; i < FILES; i++) {
      byte[] damaged = damage(valid.get(i % valid.size()));
      if (!isReadInBounds("seed %d, file %d".formatted(seed, i), damaged)) {
        refused++;
      }
    }
    assertThat(refused)
        .as("seed %d: many are refused and many survive", seed)
        .isBetween(FILES / 2, FILES - FILES / 50);
  }

  /** Returns whether the file was read, rather than refused. */
  private boolean isReadInBounds(String run, byte[] bytes) throws IOException {
    long before = threads.getCurrentThreadAllocatedBytes();
    GgufFile file = null;
    try {
      file = GgufReader.read(Path.of("damaged.gguf"), channel(bytes), bytes.length);
      GgufModel model = new GgufModel(List.of(file));
      int layers = ModelCheck.check(model).dimensions().layers();
      LayerSlicer.plan(model, new LayerRange(layers / 2, layers));
    } catch (GgufException refusal) {
      assertThat(refusal.getMessage()).as(run).isNotBlank();
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError defect) {
      throw new AssertionError(run, defect);
    }
    assertThat(threads.getCurrentThreadAllocatedBytes() - before)
        .as("allocated: %s", run)
        .isLessThan((long) bytes.length * MAX_ALLOCATED_PER_BYTE + MAX_ALLOCATED_BESIDES);
    if (file != null) {
      checkInBounds(run, file);
    }
    return file != null;
  }

  private static void checkInBounds(String run, GgufFile file) {
    long end = file.dataOffset();
    for (TensorInfo tensor : file.tensors().values()) {
      assertThat(file.position(tensor)).as(run).isGreaterThanOrEqualTo(end);
      assertThat(tensor.bytes()).as(run).isNotNegative();
      end = file.position(tensor) + tensor.bytes();
      assertThat(end).as(run).isLessThanOrEqualTo(file.fileBytes());
    }
    for (GgufValue value : file.metadata().values().values()) {
      if (value instanceof GgufValue.Many(GgufArray array)) {
        checkDecodes(run, array);
      }
    }
  }

  private static void checkDecodes(String run, GgufArray array) {
    if (array.elementType() == ValueType.TEXT) {
      assertThat(array.texts()).as(run).hasSize(array.count());
    } else {
      assertThat(array.byteLength()).as(run).isEqualTo(array.count() * array.elementType().bytes());
    }
  }

  private static ReadableByteChannel channel(byte[] bytes) {
    return Channels.newChannel(new ByteArrayInputStream(bytes));
  }

  private byte[] damage(byte[] file) {
    byte[] damaged = file.clone();
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      damaged = damageOnce(damaged);
    }
    return damaged;
  }

  private byte[] damageOnce(byte[] file) {
    if (file.length < 16) {
      return file;
    }
    int at = random.nextInt(file.length - 8);
    return switch (random.nextInt(6)) {
      case 0 -> flipBits(file);
      case 1 -> Arrays.copyOf(file, random.nextInt(file.length));
      case 2 -> lie(file, at, 8);
      case 3 -> lie(file, at, 4);
      case 4 -> splice(file, at);
      default -> move(file, at);
    };
  }

  private byte[] flipBits(byte[] file) {
    IntStream.rangeClosed(0, random.nextInt(8))
        .map(i -> random.nextInt(file.length))
        .forEach(i -> file[i] ^= (byte) (1 << random.nextInt(8)));
    return file;
  }

  private byte[] lie(byte[] file, int at, int bytes) {
    ByteBuffer lie = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    lie.putLong(LIES[random.nextInt(LIES.length)]);
    System.arraycopy(lie.array(), 0, file, at, bytes);
    return file;
  }

  /** Overwrites a region with one of another valid file. */
  private byte[] splice(byte[] file, int at) {
    byte[] other = valid.get(random.nextInt(valid.size()));
    int from = random.nextInt(other.length);
    int length = Math.min(random.nextInt(200), Math.min(file.length - at, other.length - from));
    System.arraycopy(other, from, file, at, length);
    return file;
  }

  /** Removes or repeats a region, so that everything after it moves. */
  private byte[] move(byte[] file, int at) {
    int length = Math.min(1 + random.nextInt(64), file.length - at);
    boolean repeat = random.nextBoolean();
    ByteBuffer moved = ByteBuffer.allocate(file.length + (repeat ? length : -length));
    moved.put(file, 0, repeat ? at + length : at);
    moved.put(file, repeat ? at : at + length, moved.remaining());
    return moved.array();
  }

  private byte[] write(SequencedMap<String, GgufValue> values, List<GgufWriter.Tensor> tensors)
      throws IOException {
    Path path = folder.resolve("valid.gguf");
    GgufWriter.write(path, new Metadata(new LinkedHashMap<>(values)), tensors);
    GgufReader.read(path);
    return Files.readAllBytes(path);
  }
}
