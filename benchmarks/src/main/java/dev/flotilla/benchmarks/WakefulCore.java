package dev.flotilla.benchmarks;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * Keeps a processor core from halting, by a process that runs while nothing else wants to: a
 * virtual core that halts is run again late by its host, which is neither the machine's speed nor
 * the way's, and engines that get a part of a core's time would halt it hundreds of times a second.
 */
final class WakefulCore implements AutoCloseable {
  private static final long END_SECONDS = 10;

  private final CpuGroup group;
  private final Process process;

  /** Begins at once. */
  WakefulCore(int core) throws IOException {
    this.group = CpuGroup.create("wakeful-" + core);
    this.process =
        new ProcessBuilder(
                "taskset", "--cpu-list", String.valueOf(core), "sh", "-c", "while :; do :; done")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      group.yieldToAll();
      group.add(process.toHandle());
    } catch (IOException e) {
      process.destroyForcibly();
      throw e;
    }
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    process.onExit().orTimeout(END_SECONDS, TimeUnit.SECONDS).join();
    group.close();
  }
}
