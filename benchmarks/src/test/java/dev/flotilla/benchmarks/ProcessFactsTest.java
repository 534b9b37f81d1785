package dev.flotilla.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.benchmarks.ProcessFacts.Memory;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProcessFactsTest {

  @Test
  void readsResidentMemory() {
    List<String> status =
        List.of(
            "Name:\tjava", "VmRSS:\t  104448 kB", "RssAnon:\t   70000 kB", "RssFile:\t   34448 kB");

    assertThat(Memory.of(status)).isEqualTo(new Memory(102L << 20, 34448L << 10));
  }

  @Test
  void namesEachGgmlLibraryOnce() {
    List<String> maps =
        List.of(
            "7f0000000000-7f0000001000 r--p 00000000 fe:00 11   /a/libggml-base.so.0.25.1",
            "7f0000001000-7f0000002000 r-xp 00001000 fe:00 12   /a b/libggml-cpu-zen4.so",
            "7f0000002000-7f0000003000 rw-p 00002000 fe:00 12   /a b/libggml-cpu-zen4.so",
            "7f0000003000-7f0000004000 r-xp 00000000 fe:00 13   /a/libllama.so.0",
            "7f0000004000-7f0000005000 rw-p 00000000 00:00 0    [heap]");

    assertThat(ProcessFacts.ggmlLibraries(maps))
        .containsExactly(Path.of("/a b/libggml-cpu-zen4.so"), Path.of("/a/libggml-base.so.0.25.1"));
  }
}
