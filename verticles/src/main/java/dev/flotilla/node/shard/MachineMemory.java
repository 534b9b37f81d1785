package dev.flotilla.node.shard;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/** The memory of this machine. */
public final class MachineMemory {
  private static final Path MEMINFO = Path.of("/proc/meminfo");
  private static final String AVAILABLE = "MemAvailable:";

  private MachineMemory() {}

  /** What new work may take without swapping: on Linux, what only caches files counts too. */
  public static long availableBytes() {
    long free =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getFreeMemorySize();
    try {
      if (Files.exists(MEMINFO)) {
        for (String line : Files.readAllLines(MEMINFO)) {
          if (line.startsWith(AVAILABLE)) {
            long available = 1024 * Long.parseLong(line.replaceAll("\\D", ""));
            return Math.min(available, Math.max(free, containerBytes()));
          }
        }
      }
    } catch (IOException e) {
      return free;
    }
    return free;
  }

  /** All that this process's container may take, or the machine's. */
  private static long containerBytes() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
  }
}
