package dev.flotilla.benchmarks;

import dev.flotilla.cli.http.ApiBase;
import dev.flotilla.cli.http.JsonCalls;
import dev.flotilla.engine.EngineOptions.Backend;
import dev.flotilla.engine.llama.NativeLibraries;
import dev.flotilla.net.FreePorts;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * llama.cpp's own server, made to load the very CPU libraries that Flotilla loads, so that what is
 * compared is servers and not compilers.
 */
final class LlamaServer implements MeasuredServer {
  private static final String CPU_LIBRARY = "libggml-cpu";
  private static final Duration START_LIMIT = Duration.ofMinutes(2);
  private static final long POLL_MILLIS = 20;

  private final Process process;
  private final String url;

  private LlamaServer(Process process, String url) {
    this.process = process;
    this.url = url;
  }

  /**
   * Puts a stock server, its libraries and Flotilla's CPU libraries into one folder, where ggml
   * looks for backends.
   *
   * @param binary a {@code llama-server} with dynamic backends, its libraries beside it
   * @return that folder
   */
  static Path assemble(Path binary, Path work) throws IOException {
    Path folder = Files.createDirectories(work.resolve("llama-server"));
    try (Stream<Path> files = Files.list(binary.toAbsolutePath().getParent())) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.contains(".so") && !name.startsWith(CPU_LIBRARY)) {
          copy(file, folder);
        }
      }
    }
    try (Stream<Path> files = Files.list(NativeLibraries.of(Backend.CPU).unpack(work))) {
      for (Path file : files.toList()) {
        if (file.getFileName().toString().startsWith(CPU_LIBRARY)) {
          copy(file, folder);
        }
      }
    }
    copy(binary, folder);
    Path workers = binary.resolveSibling(RpcWorkers.PROGRAM);
    if (Files.exists(workers)) {
      copy(workers, folder);
    }
    return folder;
  }

  private static void copy(Path file, Path folder) throws IOException {
    // Links stay links: a library loaded under two names must be one file.
    Files.copy(
        file,
        folder.resolve(file.getFileName()),
        LinkOption.NOFOLLOW_LINKS,
        StandardCopyOption.REPLACE_EXISTING,
        StandardCopyOption.COPY_ATTRIBUTES);
  }

  /**
   * Starts a server and waits until it is healthy.
   *
   * @param folder as {@link #assemble} returns it; its log goes there too
   * @throws IOException if it ends before it is healthy, or does not become so
   */
  static LlamaServer start(ServerShape shape, Path folder)
      throws IOException, InterruptedException {
    return start(shape, folder, List.of());
  }

  /** The same with further options. */
  static LlamaServer start(ServerShape shape, Path folder, List<String> more)
      throws IOException, InterruptedException {
    int port = FreePorts.tcp();
    List<String> command = new ArrayList<>();
    command.addAll(
        List.of(
            folder.resolve("llama-server").toString(),
            "--model",
            shape.model().toString(),
            "--host",
            "127.0.0.1",
            "--port",
            String.valueOf(port),
            "--threads",
            String.valueOf(shape.threads()),
            "--threads-batch",
            String.valueOf(shape.threads()),
            "--ctx-size",
            String.valueOf(shape.contextTokens() * shape.slots()),
            "--parallel",
            String.valueOf(shape.slots()),
            "--no-kv-unified",
            // It saves finished prompts to memory otherwise, which costs time and which no prompt
            // of these benchmarks could profit from: no two begin alike.
            "--cache-ram",
            "0",
            "--no-ui"));
    command.addAll(more);
    File log = folder.resolve("benchmark.log").toFile();
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log);
    // Libraries built elsewhere remember where; these are to find each other here.
    builder.environment().put("LD_LIBRARY_PATH", folder.toString());
    LlamaServer server = new LlamaServer(builder.start(), "http://127.0.0.1:" + port);
    long deadline = System.nanoTime() + START_LIMIT.toNanos();
    while (!isHealthy(server.api())) {
      if (server.process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)
          || System.nanoTime() > deadline) {
        server.close();
        throw new IOException("llama-server did not become healthy; see " + log);
      }
    }
    return server;
  }

  private static boolean isHealthy(ApiBase api) {
    try (JsonCalls calls = new JsonCalls(api)) {
      return "ok".equals(calls.get("/health").getString("status"));
    } catch (IOException _) {
      return false;
    }
  }

  /** It prints no port that it takes by itself. */
  @Override
  public String name() {
    return "llama-server";
  }

  @Override
  public String url() {
    return url;
  }

  @Override
  public ProcessHandle computing() {
    return process.toHandle();
  }

  @Override
  public void close() {
    MeasuredServer.end(process);
  }
}
