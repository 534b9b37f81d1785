package dev.flotilla.node.topology;

import com.sun.management.OperatingSystemMXBean;
import dev.flotilla.sharding.plan.PowerSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What this machine is. Reads small files of the system. */
final class Machine {
  private static final Path PROCESSORS = Path.of("/proc/cpuinfo");
  private static final Path POWER_SUPPLIES = Path.of("/sys/class/power_supply");

  private Machine() {}

  /** All memory of the machine, or of this process's container. */
  static long totalBytes() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
  }

  static String platform() {
    return System.getProperty("os.name") + " " + System.getProperty("os.arch");
  }

  /** The processor's name, as far as Linux tells; empty elsewhere. */
  static String processor() {
    try (Stream<String> lines = Files.lines(PROCESSORS)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .findFirst()
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .orElse("");
    } catch (IOException | UncheckedIOException _) {
      return "";
    }
  }

  /** Room on the disk of a folder; 0 if it can't be told. */
  static long diskBytes(Path folder) {
    try {
      return Files.getFileStore(folder).getUsableSpace();
    } catch (IOException _) {
      return 0;
    }
  }

  /** Where the power comes from, as far as Linux tells; unknown elsewhere. */
  static PowerSource power() {
    return power(POWER_SUPPLIES);
  }

  /**
   * The same from another folder: a supply of type Mains that is online means mains, a battery that
   * discharges means battery.
   */
  static PowerSource power(Path supplies) {
    PowerSource found = PowerSource.UNKNOWN;
    try (DirectoryStream<Path> each = Files.newDirectoryStream(supplies)) {
      for (Path supply : each) {
        if (read(supply, "type").equals("Mains") && read(supply, "online").equals("1")) {
          return PowerSource.MAINS;
        }
        if (read(supply, "status").equals("Discharging")) {
          found = PowerSource.BATTERY;
        }
      }
    } catch (IOException _) {
      return PowerSource.UNKNOWN;
    }
    return found;
  }

  private static String read(Path supply, String file) {
    try {
      return Files.readString(supply.resolve(file)).strip();
    } catch (IOException _) {
      return "";
    }
  }
}
