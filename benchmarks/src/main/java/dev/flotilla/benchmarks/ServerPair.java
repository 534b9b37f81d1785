package dev.flotilla.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Flotilla and llama-server, both running on one model; while one is asked the other idles. */
record ServerPair(FlotillaServer flotilla, LlamaServer llama) implements AutoCloseable {

  /**
   * Starts both.
   *
   * @throws IOException also if they have not loaded the same CPU library
   */
  static ServerPair start(ServerShape shape, Path llamaServer, Path work)
      throws IOException, InterruptedException {
    Path stateDir = Files.createDirectories(work.resolve("node"));
    FlotillaServer flotilla = FlotillaServer.start(shape, stateDir);
    LlamaServer llama;
    try {
      llama = LlamaServer.start(shape, LlamaServer.assemble(llamaServer, work));
    } catch (IOException e) {
      flotilla.close();
      throw e;
    }
    ServerPair pair = new ServerPair(flotilla, llama);
    try {
      ProcessFacts.requireOneCpuLibrary(List.of(flotilla.computing(), llama.computing()));
      return pair;
    } catch (IOException e) {
      pair.close();
      throw e;
    }
  }

  /** Both, in the order of tables. */
  List<MeasuredServer> servers() {
    return List.of(flotilla, llama);
  }

  /** What each has loaded, for people. */
  String libraries() throws IOException {
    StringBuilder text = new StringBuilder();
    for (MeasuredServer server : servers()) {
      text.append(
          "%-12s %s\n".formatted(server.name(), ProcessFacts.cpuLibraries(server.computing())));
    }
    return text.toString();
  }

  @Override
  public void close() {
    llama.close();
    flotilla.close();
  }
}
