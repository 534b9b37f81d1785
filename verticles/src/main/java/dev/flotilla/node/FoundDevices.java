package dev.flotilla.node;

import dev.flotilla.engine.ComputeDevices;
import dev.flotilla.engine.ComputeDevices.Gpu;
import dev.flotilla.node.topology.DeviceFile;
import dev.flotilla.node.topology.NodeReport;

/**
 * What engines of this node have found to compute with: each sees the GPUs that its own backend can
 * use, so the one that sees most is right. Until one has looked, what was found before the node
 * stopped. Thread-safe.
 */
final class FoundDevices {
  private final DeviceFile file;
  private ComputeDevices most;
  private boolean isRemembered = true;
  private volatile Runnable onChange = () -> {};

  /**
   * No engine has looked yet.
   *
   * @param file where what they find is kept
   */
  FoundDevices(DeviceFile file) {
    this.file = file;
    this.most = file.read();
  }

  /** Calls somebody whenever more is known, from now on. */
  void onChange(Runnable listener) {
    onChange = listener;
  }

  /** An engine has looked. What a report has no room for is left out, or others would refuse it. */
  void found(ComputeDevices devices) {
    if (isNews(bounded(devices))) {
      file.keep(known());
      onChange.run();
    }
  }

  private synchronized boolean isNews(ComputeDevices devices) {
    ComputeDevices before = most;
    if (isRemembered || devices.gpus().size() >= most.gpus().size()) {
      most = devices;
      isRemembered = false;
    }
    return !most.equals(before);
  }

  private static ComputeDevices bounded(ComputeDevices devices) {
    return new ComputeDevices(
        line(devices.cpu()),
        devices.cpuFeatures().stream()
            .limit(NodeReport.MAX_CPU_FEATURES)
            .map(FoundDevices::line)
            .toList(),
        devices.gpus().stream()
            .limit(NodeReport.MAX_GPUS)
            .map(gpu -> new Gpu(line(gpu.name()), line(gpu.description()), gpu.totalBytes()))
            .toList());
  }

  private static String line(String text) {
    String shown = text.replaceAll("\\p{Cntrl}", " ");
    return shown.substring(0, Math.min(shown.length(), NodeReport.MAX_TEXT));
  }

  /** What is known by now. */
  synchronized ComputeDevices known() {
    return most;
  }
}
