package dev.flotilla.engine.llama;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.gguf.SharedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
class MappedWeightsTest {
  @Test
  void whatLoadingReadDoesNotStayResident(@TempDir Path folder) throws IOException {
    Path copy = folder.resolve("two words.gguf");
    Files.copy(SharedFiles.require("models/stories260K.gguf"), copy);
    try (LlamaModel model =
        LlamaModel.load(NativeTests.library(), NativeTests.options(copy, 256, 1), _ -> {})) {
      assertThat(model.layers()).isEqualTo(5);
      assertThat(residentKib(copy)).isNotEmpty().containsOnly(0);
    }
  }

  /** The resident size of each mapping of a file, from proc_pid_smaps(5). */
  private static List<Integer> residentKib(Path file) throws IOException {
    List<String> lines = Files.readAllLines(Path.of("/proc/self/smaps"));
    String name = file.toRealPath().toString();
    return lines.stream()
        .filter(line -> line.endsWith(name))
        .map(mapping -> lines.subList(lines.indexOf(mapping), lines.size()))
        .map(from -> from.stream().filter(line -> line.startsWith("Rss:")).findFirst())
        .map(rss -> Integer.parseInt(rss.orElseThrow().replaceAll("\\D", "")))
        .toList();
  }
}
