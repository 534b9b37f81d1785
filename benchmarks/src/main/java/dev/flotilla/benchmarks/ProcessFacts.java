package dev.flotilla.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What Linux tells about a process in {@code /proc} (proc_pid_status(5), proc_pid_maps(5)). */
final class ProcessFacts {
  private ProcessFacts() {}

  /**
   * Resident memory.
   *
   * @param bytes all of it
   * @param fileBytes of that, pages of files: mapped weights, shared libraries, class archives
   */
  record Memory(long bytes, long fileBytes) {

    /** Reads it from the lines of a process's status. */
    static Memory of(List<String> status) {
      return new Memory(kibibytes("VmRSS:", status) << 10, kibibytes("RssFile:", status) << 10);
    }

    private static long kibibytes(String field, List<String> status) {
      return status.stream()
          .filter(line -> line.startsWith(field))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    }
  }

  /** The memory of a process. */
  static Memory memory(ProcessHandle process) throws IOException {
    return Memory.of(Files.readAllLines(proc(process, "status")));
  }

  /** The names of the ggml libraries that a process has loaded. */
  static Set<Path> ggmlLibraries(ProcessHandle process) throws IOException {
    return ggmlLibraries(Files.readAllLines(proc(process, "maps")));
  }

  /** The ggml libraries among the lines of a process's maps. */
  static Set<Path> ggmlLibraries(List<String> maps) {
    Set<Path> libraries = new TreeSet<>();
    for (String line : maps) {
      int path = line.indexOf('/');
      if (path >= 0 && line.substring(path).matches(".*/libggml[^/]*\\.so[^/]*")) {
        libraries.add(Path.of(line.substring(path)));
      }
    }
    return libraries;
  }

  /** The names of the CPU libraries among them. */
  static Set<String> cpuLibraries(ProcessHandle process) throws IOException {
    return ggmlLibraries(process).stream()
        .map(library -> library.getFileName().toString())
        .filter(name -> name.startsWith("libggml-cpu"))
        .collect(Collectors.toSet());
  }

  /**
   * Makes sure that what is compared is not compilers.
   *
   * @throws IOException unless each has loaded one CPU library, and all the same
   */
  static void requireOneCpuLibrary(List<ProcessHandle> processes) throws IOException {
    List<Set<String>> loaded = new ArrayList<>();
    for (ProcessHandle process : processes) {
      loaded.add(cpuLibraries(process));
    }
    if (Set.copyOf(loaded).size() != 1 || loaded.getFirst().size() != 1) {
      throw new IOException("the servers compute with " + loaded);
    }
  }

  private static Path proc(ProcessHandle process, String file) {
    return Path.of("/proc", String.valueOf(process.pid()), file);
  }
}
