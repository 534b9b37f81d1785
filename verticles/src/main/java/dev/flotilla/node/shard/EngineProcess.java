package dev.flotilla.node.shard;

import dev.flotilla.engine.ComputeDevices;
import dev.flotilla.engine.process.EngineChannel;
import dev.flotilla.engine.process.EngineCommand;
import dev.flotilla.engine.process.EngineReport;
import dev.flotilla.engine.process.EngineReport.Found;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One life of an engine process: from its start until it is gone. Its pipes are read and written by
 * two threads of their own, so that no event loop ever waits for it.
 */
final class EngineProcess {
  private static final Logger log = LoggerFactory.getLogger(EngineProcess.class);

  /** Commands that may wait for a process that does not read; one more means that it hangs. */
  private static final int MAX_COMMANDS = 65_536;

  private final Process process;
  private final EngineLauncher launcher;
  private final EngineChannel channel;
  private final BlockingQueue<EngineCommand> commands = new ArrayBlockingQueue<>(MAX_COMMANDS);
  private final CompletableFuture<Listener> listener = new CompletableFuture<>();
  private final Thread writer;

  /** Hears from the process, on its reader thread. */
  interface Listener {
    /** The process sent a report. */
    void report(EngineReport report);

    /** The process is gone; {@code exitCode} as the system gives it, 128 + signal for a crash. */
    void gone(int exitCode);
  }

  private EngineProcess(Process process, EngineLauncher launcher) {
    this.process = process;
    this.launcher = launcher;
    this.channel = new EngineChannel(process.getInputStream(), process.getOutputStream());
    this.writer = Thread.ofPlatform().name("engine-writer-" + process.pid()).unstarted(this::write);
  }

  /**
   * Starts a process. Its launcher hears what it finds, all else waits for a listener. Blocks while
   * the system forks.
   */
  static EngineProcess start(EngineLauncher launcher) throws IOException {
    EngineProcess engine = new EngineProcess(launcher.start(), launcher);
    engine.writer.start();
    Thread.ofPlatform().name("engine-reader-" + engine.pid()).start(engine::read);
    return engine;
  }

  /** Who hears from the process. Once. */
  EngineProcess listen(Listener hearing) {
    listener.complete(hearing);
    return this;
  }

  long pid() {
    return process.pid();
  }

  /**
   * Sends a command; any thread, never blocks.
   *
   * @return false if the process does not take commands any more
   */
  boolean send(EngineCommand command) {
    return commands.offer(command);
  }

  /** Asks the process to end, and kills it if it does not. Blocks until it is gone. */
  void stop() throws InterruptedException {
    send(new EngineCommand.Stop());
    if (!process.waitFor(launcher.stopMillis(), TimeUnit.MILLISECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }

  /** Whether the system says that it stands still, as after SIGSTOP; known on Linux only. */
  boolean isStopped() {
    try {
      // State follows the name, which may hold anything but ends with the last parenthesis.
      String status = Files.readString(Path.of("/proc", Long.toString(pid()), "stat"));
      return status.startsWith(" T", status.lastIndexOf(')') + 1);
    } catch (IOException e) {
      return false;
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Kills the process at once, without a word. */
  void kill() {
    process.destroyForcibly();
  }

  private void read() {
    try {
      while (true) {
        switch (channel.readReport()) {
          case Found(ComputeDevices devices) -> launcher.found().accept(devices);
          case EngineReport report -> listener.join().report(report);
        }
      }
    } catch (IOException e) {
      log.debug("engine process {} closed its output: {}", pid(), e.toString());
    } catch (RuntimeException e) {
      log.error("engine process {} is stopped: its reports can't be handled", pid(), e);
    }
    // Whatever ended the conversation, the process is of no use without it.
    process.destroyForcibly();
    writer.interrupt();
    int exitCode = process.onExit().join().exitValue();
    var _ = listener.thenAccept(hearing -> hearing.gone(exitCode));
  }

  private void write() {
    try {
      while (true) {
        channel.write(commands.take());
      }
    } catch (IOException | IllegalArgumentException e) {
      log.debug("engine process {} takes no more commands: {}", pid(), e.toString());
      process.destroyForcibly();
    } catch (InterruptedException e) {
      log.trace("writer of engine process {} ends with it", pid());
    }
  }
}
