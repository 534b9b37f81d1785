package dev.flotilla.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Processes that together may get only a part of a core's time, as if they ran on a slower one: of
 * every few milliseconds they run for some (Linux' CFS bandwidth control, by cgroups of version 1).
 */
final class CpuGroup implements AutoCloseable {
  private static final Path CONTROLLER = Path.of("/sys/fs/cgroup/cpu");
  private static final long END_SECONDS = 30;
  private static final long MICROS_PER_MILLI = 1000;

  private final Path folder;

  private CpuGroup(Path folder) {
    this.folder = folder;
  }

  /**
   * A group without processes and without a limit.
   *
   * @throws IOException if this machine has no such groups, or not for this user
   */
  static CpuGroup create(String name) throws IOException {
    String own = "flotilla-benchmarks-%d-%s".formatted(ProcessHandle.current().pid(), name);
    try {
      return new CpuGroup(Files.createDirectory(CONTROLLER.resolve(own)));
    } catch (IOException e) {
      throw new IOException(
          "processes can't be slowed down here: that takes cgroups of version 1, with the controller"
              + " cpu at "
              + CONTROLLER
              + ", and the right to make groups there",
          e);
    }
  }

  /** Gives the group's processes this much of a core from now on. */
  void limit(CpuShare share) throws IOException {
    long quota = share.isWhole() ? -1 : share.runMillis() * MICROS_PER_MILLI;
    write("cpu.cfs_quota_us", -1);
    write("cpu.cfs_period_us", share.periodMillis() * MICROS_PER_MILLI);
    write("cpu.cfs_quota_us", quota);
  }

  /** Has the group's processes run only while nothing else wants to. */
  void yieldToAll() throws IOException {
    write("cpu.idle", 1);
  }

  private void write(String file, long value) throws IOException {
    Files.writeString(folder.resolve(file), String.valueOf(value));
  }

  /**
   * Has a process run in the group from now on, with all that it starts; one that has ended, no
   * more.
   */
  void add(ProcessHandle process) throws IOException {
    try {
      write("cgroup.procs", process.pid());
    } catch (IOException e) {
      if (process.isAlive()) {
        throw e;
      }
    }
  }

  /** Waits until its processes have ended, and takes it away. */
  @Override
  public void close() throws IOException {
    for (String pid : Files.readAllLines(folder.resolve("cgroup.procs"))) {
      Optional<ProcessHandle> process = ProcessHandle.of(Long.parseLong(pid));
      process.ifPresent(one -> one.onExit().orTimeout(END_SECONDS, TimeUnit.SECONDS).join());
    }
    Files.delete(folder);
  }
}
