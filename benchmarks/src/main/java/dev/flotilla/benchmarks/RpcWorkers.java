package dev.flotilla.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * llama.cpp's RPC servers, one on each of some machines, and a llama-server that computes there.
 */
final class RpcWorkers implements AutoCloseable {
  /** Lies beside llama-server. */
  static final String PROGRAM = "ggml-rpc-server";

  private static final long START_SECONDS = 30;

  private final Path folder;
  private final List<Process> processes = new ArrayList<>();
  private final List<String> endpoints = new ArrayList<>();

  private RpcWorkers(Path folder) {
    this.folder = folder;
  }

  /**
   * Starts the servers.
   *
   * @param folder as {@link LlamaServer#assemble} returns it
   * @param cache where each keeps tensors (its option {@code -c}); those of more than 10 MiB
   */
  static RpcWorkers start(Path folder, List<CoreMachine> machines, int threads, Path cache)
      throws IOException, InterruptedException {
    if (!Files.isExecutable(folder.resolve(PROGRAM))) {
      throw new IOException(PROGRAM + " does not lie beside llama-server; see the README");
    }
    RpcWorkers workers = new RpcWorkers(folder);
    try {
      for (CoreMachine machine : machines) {
        Path own = Files.createDirectories(cache.resolve(machine.address()));
        workers.start(machine, threads, own);
      }
      return workers;
    } catch (IOException | InterruptedException | RuntimeException e) {
      workers.close();
      throw e;
    }
  }

  private void start(CoreMachine machine, int threads, Path cache)
      throws IOException, InterruptedException {
    int port = machine.freePort();
    List<String> command = new ArrayList<>(machine.entering());
    command.addAll(
        List.of(
            folder.resolve(PROGRAM).toString(),
            "--host",
            machine.own(),
            "--port",
            String.valueOf(port),
            "--threads",
            String.valueOf(threads),
            "--cache"));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(cache.resolve("benchmark.log").toFile());
    builder.environment().put("LD_LIBRARY_PATH", folder.toString());
    builder.environment().put("LLAMA_CACHE", cache.toString());
    Process process = builder.start();
    processes.add(process);
    endpoints.add(machine.address() + ":" + port);
    awaitListening(process, new InetSocketAddress(InetAddress.ofLiteral(machine.own()), port));
  }

  private static void awaitListening(Process process, InetSocketAddress address)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (!isListening(address)) {
      if (process.waitFor(20, TimeUnit.MILLISECONDS) || System.nanoTime() > deadline) {
        throw new IOException(PROGRAM + " does not listen on " + address);
      }
    }
  }

  private static boolean isListening(InetSocketAddress address) {
    try (Socket probe = new Socket()) {
      probe.connect(address);
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  /** Starts a llama-server that has all layers computed by them, in equal parts. */
  LlamaServer serve(ServerShape shape) throws IOException, InterruptedException {
    String parts = endpoints.stream().map(_ -> "1").collect(Collectors.joining(","));
    return LlamaServer.start(
        shape,
        folder,
        List.of(
            "--rpc",
            String.join(",", endpoints),
            "--gpu-layers",
            "all",
            "--tensor-split",
            parts,
            "--fit",
            "off"));
  }

  /** The processes that compute. */
  List<ProcessHandle> computing() {
    return processes.stream().map(Process::toHandle).toList();
  }

  @Override
  public void close() {
    processes.forEach(MeasuredServer::end);
  }
}
