package dev.flotilla.engine.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts of a model's files that are mapped into this process. llama.cpp reads all of them while
 * it loads, and copies most weights into the layout that suits the processor. The originals are not
 * read again, yet stay resident, so that a model takes its memory twice.
 */
final class MappedWeights {
  private static final Logger log = LoggerFactory.getLogger(MappedWeights.class);

  /** The kernel's list of mappings; Linux alone has it. See proc_pid_maps(5). */
  private static final Path MAPPINGS = Path.of("/proc/self/maps");

  /** Columns before a mapping's file: addresses, permissions, offset, device, inode. */
  private static final int FILE_COLUMN = 5;

  /** {@code MADV_DONTNEED} of madvise(2): a later access reads the file again. */
  private static final int DONT_NEED = 4;

  private final MethodHandle madvise;

  private MappedWeights(NativeFunctions functions) {
    this.madvise =
        new NativeFunctions(functions.linker(), functions.linker().defaultLookup())
            .bind(JAVA_INT, "madvise", ADDRESS, JAVA_LONG, JAVA_INT);
  }

  /**
   * Lets go of the resident pages of a model's files. What is still needed of them comes back from
   * the system's file cache when it is read. Does nothing where the system can't tell what is
   * mapped.
   *
   * @param model the file, or the first of a split model's
   */
  static void release(NativeFunctions functions, Path model) {
    if (!Files.exists(MAPPINGS)) {
      return;
    }
    try (Stream<String> mappings = Files.lines(MAPPINGS)) {
      String folder = model.toRealPath().getParent() + "/";
      List<String[]> weights =
          mappings
              .map(line -> line.split(" +", FILE_COLUMN + 1))
              .filter(columns -> isWeights(columns, folder))
              .toList();
      MappedWeights mapped = new MappedWeights(functions);
      for (String[] columns : weights) {
        mapped.release(columns[0]);
      }
    } catch (IOException e) {
      log.debug("a model's mapped pages stay resident", e);
    }
  }

  /** Whether a mapping is of a model's file, read only. Parts of a split model share a folder. */
  private static boolean isWeights(String[] columns, String folder) {
    return columns.length > FILE_COLUMN
        && columns[1].startsWith("r--")
        && columns[FILE_COLUMN].startsWith(folder)
        && columns[FILE_COLUMN].endsWith(".gguf");
  }

  private void release(String addresses) {
    int dash = addresses.indexOf('-');
    long from = Long.parseUnsignedLong(addresses, 0, dash, 16);
    long to = Long.parseUnsignedLong(addresses, dash + 1, addresses.length(), 16);
    try {
      int refused = (int) madvise.invokeExact(MemorySegment.ofAddress(from), to - from, DONT_NEED);
      log.debug("{} mapped MiB of weights let go: {}", (to - from) >> 20, refused == 0);
    } catch (Throwable e) {
      throw NativeFunctions.failed("madvise", e);
    }
  }
}
